#include "domain/offboarding/open_case.hpp"

#include "domain/offboarding/messages.hpp"

namespace musterd {

/// Keeps the case's trace, in which later work on the case continues.
struct case_trace {
  uuid case_id;
  std::string traceparent;
};
BOOST_DESCRIBE_STRUCT(case_trace, (), (case_id, traceparent))
template <>
struct table_of<case_trace> : insert_table<"people.offboarding_trace", "case_id"> {};

namespace {

case_command new_command(uuid id, uuid case_id, command_type type) {
  case_command result;
  result.command_id = id;
  result.case_id = case_id;
  result.command_type = type;
  return result;
}

case_command done_at_once(case_command c, timestamp now) {
  c.state = command_state::succeeded;
  c.attempts = 1;
  c.last_attempt_at = c.finished_at = now;
  return c;
}

case_command asked_at_once(case_command c, timestamp now, const retry_policy& retries) {
  c.state = command_state::in_progress;
  c.attempts = 1;
  c.last_attempt_at = now;
  c.due_at = now + retries.answer_within;
  return c;
}

case_happening first_of(const case_command& c) {
  return c.state == command_state::succeeded ? case_happening::succeeded : case_happening::attempted;
}

}  // namespace

opened_case open_case(offboarding_case of, const request_context& ctx, const retry_policy& retries,
                      id_source& ids) {
  of.case_id = ids.next();
  of.effective_at = of.opened_at = ctx.now;
  of.opened_by = ctx.actor;
  of.correlation_id = ctx.correlation_id;
  auto make = [&](command_type type) { return new_command(ids.next(), of.case_id, type); };
  opened_case result{of, {}};
  if (of.assignment_termination != assignment_termination::leave_assignments_active)
    for (auto type : {command_type::end_location_assignments, command_type::end_role_assignments})
      result.commands.push_back(done_at_once(make(type), ctx.now));
  auto close = make(command_type::close_clock_session);
  close.due_at = ctx.now;
  result.commands.push_back(std::move(close));
  result.commands.push_back(asked_at_once(make(command_type::stop_job_timers), ctx.now, retries));
  return result;
}

void add_effects(effects& out, const opened_case& opened, const request_context& ctx, id_source& ids) {
  out.write(ctx.tenant, opened.of);
  if (ctx.traceparent)
    out.write(ctx.tenant, case_trace{opened.of.case_id, *ctx.traceparent});
  out.write(ctx.tenant, case_history{ids.next(),
                                     opened.of.case_id,
                                     {},
                                     case_happening::opened,
                                     0,
                                     ctx.now,
                                     ctx.actor,
                                     opened.of.status_reason_code});
  for (const auto& c : opened.commands) {
    out.write(ctx.tenant, c);
    if (c.attempts > 0)
      out.write(ctx.tenant, history_of(ctx, c, first_of(c), ids.next()));
    if (c.state == command_state::in_progress)
      out.write(ctx.tenant, stop_job_timers_message(ctx, opened.of, c, {ids.next()}));
  }
}

}  // namespace musterd
