#include "common/text/readable_text.hpp"
#include "common/text/text.hpp"
#include "common/time/duration.hpp"
#include "domain/offboarding/commands.hpp"
#include "domain/offboarding/messages.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr std::size_t max_error_length = 1000;

case_state case_state_of(const std::vector<case_command>& commands) {
  auto result = case_state::completed;
  for (const auto& c : commands)
    if (c.state == command_state::requires_manual_intervention)
      return case_state::requires_manual_intervention;
    else if (!is_final(c.state))
      result = case_state::in_progress;
  return result;
}

using command_decision = decision<offboarding_event, command_view>;

command_decision unchanged(const case_command& command) {
  return {{}, view_of(command)};
}

/// The command's change, and what it makes of the case.
command_decision decision_on_command(const offboarding_state& state, case_happening what,
                                     case_command command, timestamp now) {
  ++command.version;
  auto after = state.commands;
  for (auto& c : after)
    if (c.command_id == command.command_id)
      c = command;
  command_changed result{what, std::move(command), *state.opened};
  result.of.state = case_state_of(after);
  result.case_changed = result.of.state != state.opened->state;
  if (result.case_changed) {
    result.of.closed_at = result.of.state == case_state::completed ? std::optional{now} : std::nullopt;
    ++result.of.version;
  }
  auto view = view_of(result.command);
  return {events_of<offboarding_event>(std::move(result)), std::move(view)};
}

outcome<const case_command*> find_command(const offboarding_state& state, uuid id) {
  if (!state.opened)
    return case_not_found;
  const auto* found = state.find(id);
  if (found == nullptr)
    return command_not_found;
  return found;
}

outcome<const case_command*> find_unfinished(const offboarding_state& state, uuid id) {
  auto found = find_command(state, id);
  if (found && is_final((*found)->state))
    return command_finished;
  return found;
}

bool window_is_over(const case_command& c, const retry_policy& retries, timestamp now) {
  return c.first_failed_at && *c.first_failed_at + retries.window <= now;
}

void attempt(case_command& c, const retry_policy& retries, timestamp now) {
  ++c.attempts;
  c.last_attempt_at = now;
  c.state = command_state::in_progress;
  c.due_at = now + retries.answer_within;
}

/// Due at once; a command that had been given up starts a new window.
void plan_now(case_command& c, const retry_policy& retries, timestamp now) {
  if (c.state == command_state::requires_manual_intervention || window_is_over(c, retries, now)) {
    c.failures = 0;
    c.first_failed_at.reset();
  }
  c.state = command_state::pending;
  c.due_at = now;
}

command_decision give_up(const offboarding_state& state, case_command c, timestamp now) {
  c.state = command_state::requires_manual_intervention;
  c.due_at.reset();
  return decision_on_command(state, case_happening::moved_to_dead_letters, std::move(c), now);
}

command_decision fail(const offboarding_state& state, case_command c, std::string_view error,
                      const retry_policy& retries, timestamp now) {
  c.last_error = cut_text(made_readable(error, text_lines::many), max_error_length);
  ++c.failures;
  if (!c.first_failed_at)
    c.first_failed_at = now;
  if (window_is_over(c, retries, now))
    return give_up(state, std::move(c), now);
  c.state = command_state::retrying;
  c.due_at = std::min(now + retries.delay_after(c.failures), *c.first_failed_at + retries.window);
  return decision_on_command(state, case_happening::failed, std::move(c), now);
}

}  // namespace

offboarding_decision<command_view> decide(const offboarding_state& state, const run_due_command& c,
                                          const request_context& ctx, const facts& known) {
  auto found = find_command(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  const auto& retries = known.offboarding.retries;
  if (!command.due_at || *command.due_at > ctx.now)
    return unchanged(**found);
  if (command.state == command_state::in_progress)
    return fail(state, std::move(command),
                fmt::format("No answer within {}.", duration_text(retries.answer_within)), retries, ctx.now);
  if (window_is_over(command, retries, ctx.now))
    return give_up(state, std::move(command), ctx.now);
  if (!is_remote(command.command_type))
    return unchanged(**found);
  attempt(command, retries, ctx.now);
  return decision_on_command(state, case_happening::attempted, std::move(command), ctx.now);
}

offboarding_decision<command_view> decide(const offboarding_state& state, const report_command& c,
                                          const request_context& ctx, const facts& known) {
  auto found = find_command(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  if (is_final(command.state))
    return unchanged(**found);
  bool was_planned = command.state == command_state::pending || command.state == command_state::retrying;
  if (!is_remote(command.command_type)) {
    ++command.attempts;
    command.last_attempt_at = ctx.now;
  }
  if (!c.error) {
    command.state = command_state::succeeded;
    command.due_at.reset();
    command.finished_at = ctx.now;
    return decision_on_command(state, case_happening::succeeded, std::move(command), ctx.now);
  }
  bool awaited =
      command.state == command_state::in_progress || (was_planned && !is_remote(command.command_type));
  bool of_another_attempt = c.attempt && *c.attempt != command.attempts;
  if (!awaited || of_another_attempt)
    return unchanged(**found);
  return fail(state, std::move(command), *c.error, known.offboarding.retries, ctx.now);
}

offboarding_decision<command_view> decide(const offboarding_state& state, const retry_command& c,
                                          const request_context& ctx, const facts& known) {
  auto found = find_unfinished(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  if (command.state == command_state::in_progress)
    return command_in_progress;
  const auto& retries = known.offboarding.retries;
  plan_now(command, retries, ctx.now);
  if (is_remote(command.command_type))
    attempt(command, retries, ctx.now);
  return decision_on_command(state, case_happening::retry_requested, std::move(command), ctx.now);
}

offboarding_decision<command_view> decide(const offboarding_state& state, const pause_command& c,
                                          const request_context& ctx, const facts&) {
  auto found = find_unfinished(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  if (command.state == command_state::paused)
    return unchanged(**found);
  if (!command.due_at)
    return command_not_scheduled;
  command.state = command_state::paused;
  command.due_at.reset();
  return decision_on_command(state, case_happening::paused, std::move(command), ctx.now);
}

offboarding_decision<command_view> decide(const offboarding_state& state, const resume_command& c,
                                          const request_context& ctx, const facts& known) {
  auto found = find_unfinished(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  if (command.state != command_state::paused)
    return command_not_paused;
  plan_now(command, known.offboarding.retries, ctx.now);
  return decision_on_command(state, case_happening::resumed, std::move(command), ctx.now);
}

offboarding_decision<command_view> decide(const offboarding_state& state, const accept_risk& c,
                                          const request_context& ctx, const facts&) {
  auto found = find_unfinished(state, c.command_id);
  if (!found)
    return found.error();
  auto command = **found;
  command.state = command_state::risk_accepted;
  command.justification = c.justification;
  command.due_at.reset();
  command.finished_at = ctx.now;
  return decision_on_command(state, case_happening::risk_accepted, std::move(command), ctx.now);
}

offboarding_decision<stop_job_timers> decide(const offboarding_state& state, const confirm_stop_job_timers& c,
                                             const request_context&, const facts&) {
  auto found = find_unfinished(state, c.command_id);
  if (!found)
    return found.error();
  if ((*found)->command_type != command_type::stop_job_timers || state.opened->person_id != c.person_id)
    return command_not_found;
  return decision{offboarding_events{}, stop_asked_for(*state.opened, **found)};
}

void validate(const accept_risk& c, std::vector<field_error>& errors) {
  if (is_blank(c.justification) || c.justification.size() > 2000)
    errors.push_back({"justification", "justification must have 1 to 2000 bytes."});
  else
    check_readable("justification", c.justification, errors, text_lines::many);
}

}  // namespace musterd
