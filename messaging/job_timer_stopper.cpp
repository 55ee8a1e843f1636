#include "messaging/job_timer_stopper.hpp"

#include "messaging/event_payload.hpp"

#include <future>

namespace musterd {
namespace {

/// Longer than a command may take in its record; whoever has not answered then ended with the server.
constexpr std::chrono::seconds answer_patience{15};

request_context context_of(const event_envelope& event) {
  request_context ctx;
  ctx.tenant = event.tenant_id;
  ctx.kind = principal_kind::system;
  ctx.actor = system_principal;
  ctx.now = wall_clock_now();
  ctx.correlation_id = event.correlation_id;
  return ctx;
}

std::future<std::optional<fault>> ask(const job_timer_stopper::stop_fn& stop, const event_envelope& event,
                                      const stop_job_timers& command) {
  auto answer = std::make_shared<std::promise<std::optional<fault>>>();
  auto ready = answer->get_future();
  stop(context_of(event), command,
       [answer](std::optional<fault> failure) { answer->set_value(std::move(failure)); });
  return ready;
}

std::optional<fault> wait_for(std::future<std::optional<fault>>& answer,
                              std::chrono::steady_clock::time_point deadline) {
  if (answer.wait_until(deadline) != std::future_status::ready)
    return outcome_unknown();
  return answer.get();
}

bool is_command(const event_envelope& event) {
  return event.event_type == stop_job_timers_route.event_type;
}

}  // namespace

consumer_spec job_timer_stopper::spec() {
  consumer_spec result;
  result.name = "job_timer_stopper";
  result.queue = "workexec.stop_job_timers";
  result.bindings = {
      {std::string{stop_job_timers_route.exchange}, std::string{stop_job_timers_route.routing_key}}};
  return result;
}

outcome<void> job_timer_stopper::handle(pqxx::transaction_base&, const event_envelope& event) {
  if (!is_command(event))
    return {};
  auto command = read_payload<stop_job_timers>(event);
  if (!command)
    return command.error();
  auto answer = ask(stop_, event, *command);
  if (auto failed = wait_for(answer, std::chrono::steady_clock::now() + answer_patience))
    return *failed;
  return {};
}

bool job_timer_stopper::handle_all(pqxx::transaction_base&, std::span<const event_envelope* const> events) {
  std::vector<std::pair<const event_envelope*, stop_job_timers>> commands;
  for (const auto* event : events) {
    if (!is_command(*event))
      continue;
    auto command = read_payload<stop_job_timers>(*event);
    if (!command)
      return false;  // before anything is asked for: what is sound is not done twice
    commands.emplace_back(event, std::move(*command));
  }
  std::vector<std::future<std::optional<fault>>> answers;
  answers.reserve(commands.size());
  for (const auto& [event, command] : commands)
    answers.push_back(ask(stop_, *event, command));
  auto deadline = std::chrono::steady_clock::now() + answer_patience;
  return std::none_of(answers.begin(), answers.end(),
                      [&](auto& answer) { return wait_for(answer, deadline).has_value(); });
}

}  // namespace musterd
