#pragma once

#include "domain/kernel/facts.hpp"
#include "domain/offboarding/commands.hpp"
#include "domain/offboarding/events.hpp"

/// The rules of the offboarding saga (S90-F8, S90-AC7, S90-AC8). Pure: the same inputs
/// give the same events. All that is planned is in the rows: no timer in memory keeps a case going.
namespace musterd {

using offboarding_events = std::vector<offboarding_event>;

outcome<offboarding_events> decide(const offboarding_state& state, const run_due_command& c,
                                   const request_context& ctx, facts& known);
outcome<offboarding_events> decide(const offboarding_state& state, const report_command& c,
                                   const request_context& ctx, facts& known);
outcome<offboarding_events> decide(const offboarding_state& state, const retry_command& c,
                                   const request_context& ctx, facts& known);
outcome<offboarding_events> decide(const offboarding_state& state, const pause_command& c,
                                   const request_context& ctx, facts& known);
outcome<offboarding_events> decide(const offboarding_state& state, const resume_command& c,
                                   const request_context& ctx, facts& known);
outcome<offboarding_events> decide(const offboarding_state& state, const accept_risk& c,
                                   const request_context& ctx, facts& known);

outcome<offboarding_events> decide(const offboarding_state& state, const confirm_stop_job_timers& c,
                                   const request_context& ctx, facts& known);

/// What a decided command answers: the command as it is afterwards.
template <class Command>
command_view answer(const offboarding_state& after, const Command& c, const offboarding_events&, timestamp) {
  return view_of(*after.find(c.command_id));
}

stop_job_timers answer(const offboarding_state& after, const confirm_stop_job_timers& c,
                       const offboarding_events&, timestamp);

fault case_not_found();
/// The command has succeeded, or an operator has accepted that it does not.
inline constexpr std::string_view command_finished = "COMMAND_FINISHED";

}  // namespace musterd
