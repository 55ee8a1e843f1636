#include "domain/offboarding/messages.hpp"

#include <fmt/format.h>

namespace musterd {

/// Details of the alert, and the payload in the dead-letter queue.
struct dead_command {
  std::string type;
  uuid case_id;
  uuid command_id;
  musterd::command_type command_type;
  command_state status;
  user_uuid user_id;
  person_uuid person_id;
  std::int64_t attempts;
  std::optional<timestamp> first_failed_at;
  std::optional<std::string> last_error;
};
BOOST_DESCRIBE_STRUCT(dead_command, (),
                      (type, case_id, command_id, command_type, status, user_id, person_id, attempts,
                       first_failed_at, last_error))

namespace {

constexpr std::string_view critical = "OFFBOARDING_CRITICAL";
/// The dead-letter queue of the answers' consumer (messaging/amqp/topology.hpp).
constexpr event_route dead_letter_route{"OffboardingCommandDead", "musterd.dead_letters",
                                        "people.offboarding"};

std::string dead_command_json(const offboarding_case& of, const case_command& c) {
  return to_json(dead_command{std::string{critical}, of.case_id, c.command_id, c.command_type, c.state,
                              of.user_id, of.person_id, c.attempts, c.first_failed_at, c.last_error});
}

}  // namespace

stop_job_timers stop_asked_for(const offboarding_case& of, const case_command& c) {
  return {of.case_id, c.command_id, of.person_id, of.effective_at, std::string{reason_of(of.kind)},
          c.attempts};
}

outgoing_event stop_job_timers_message(const request_context& ctx, const offboarding_case& of,
                                       const case_command& c, event_uuid event_id) {
  return make_event(ctx, stop_job_timers_route, event_id, of.person_id.value, to_json(stop_asked_for(of, c)));
}

operator_alert critical_alert(const request_context& ctx, const offboarding_case& of, const case_command& c,
                              uuid alert_id) {
  return {alert_id,
          alert_severity::critical,
          std::string{critical},
          fmt::format("{} of offboarding case {} failed {} times and needs an operator.",
                      enum_name(c.command_type), to_string(of.case_id), c.failures),
          {dead_command_json(of, c)},
          ctx.correlation_id,
          ctx.now};
}

outgoing_event dead_letter_message(const request_context& ctx, const offboarding_case& of,
                                   const case_command& c, event_uuid event_id) {
  return make_event(ctx, dead_letter_route, event_id, of.case_id, dead_command_json(of, c));
}

case_history history_of(const request_context& ctx, const case_command& c, case_happening what,
                        uuid entry_id) {
  auto detail = what == case_happening::risk_accepted ? c.justification : std::nullopt;
  if (what == case_happening::failed || what == case_happening::moved_to_dead_letters)
    detail = c.last_error;
  return {entry_id, c.case_id, c.command_id, what, c.attempts, ctx.now, ctx.actor, std::move(detail)};
}

}  // namespace musterd
