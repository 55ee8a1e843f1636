#include "server/work_execution.hpp"

namespace musterd {
namespace {

void stop_timers(entities<job_timer_aggregate>& timers, request_context ctx, const stop_job_timers& command,
                 const job_timer_stopper::done_fn& done) {
  timers.execute(std::move(ctx), command.person_id.value, force_stop_job_timers{command},
                 [done](entity_answer answer, bool) { done(std::move(answer.failure)); });
}

/// Says JobTimersStopFailed and touches nothing.
void refuse(const outside_commit& commits, const request_context& ctx, const stop_job_timers& command,
            job_timer_stopper::done_fn done) {
  job_timers_stop_failed reply{command.case_id, command.command_id, command.person_id,
                               "workexec.mode is failing: every command is refused.", command.attempt};
  auto person = command.person_id.value;
  auto event = make_event(ctx, job_timers_stop_failed_route, event_uuid::generate(), person, to_json(reply));
  commits.submit(ctx.tenant, {person, {write_row(ctx.tenant, event)}}, std::move(done));
}

}  // namespace

bool is_work_execution_here(const server_config& config) {
  return config.workexec_mode != "external";
}

job_timer_stopper::stop_fn stop_function(const server_config& config, entities<job_timer_aggregate>& timers,
                                         const outside_commit& commits) {
  if (config.workexec_mode == "failing")
    return [&commits](const request_context& ctx, const stop_job_timers& command,
                      job_timer_stopper::done_fn done) { refuse(commits, ctx, command, std::move(done)); };
  return
      [&timers](request_context ctx, const stop_job_timers& command, const job_timer_stopper::done_fn& done) {
        stop_timers(timers, std::move(ctx), command, done);
      };
}

}  // namespace musterd
