#include "server/work_execution.hpp"

#include "common/json/json_read.hpp"
#include "common/observation/log.hpp"

namespace musterd {
namespace {

void stop_timers(entities<job_timer_aggregate>& timers, request_context ctx, const stop_job_timers& command,
                 const job_timer_stopper::done_fn& done) {
  timers.execute(std::move(ctx), command.person_id.value, force_stop_job_timers{command},
                 [done](entity_answer answer, bool) { done(std::move(answer.failure)); });
}

/// Answers JobTimersStopFailed and changes nothing.
void refuse_to_stop(const journal_client& commits, const request_context& ctx, const stop_job_timers& command,
                    job_timer_stopper::done_fn done) {
  job_timers_stop_failed reply{command.case_id, command.command_id, command.person_id,
                               "workexec.mode is failing: every command is refused.", command.attempt};
  auto person = command.person_id.value;
  auto event = make_event(ctx, job_timers_stop_failed_route, event_uuid::generate(), person, to_json(reply));
  commits.submit(ctx.tenant, {person, {write_row(ctx.tenant, event)}}, std::move(done));
}

job_timer_stopper::stop_fn carry_out(work_execution mode, entities<job_timer_aggregate>& timers,
                                     const journal_client& commits) {
  if (mode == work_execution::failing)
    return [&commits](const request_context& ctx, const stop_job_timers& command,
                      job_timer_stopper::done_fn done) {
      refuse_to_stop(commits, ctx, command, std::move(done));
    };
  return
      [&timers](request_context ctx, const stop_job_timers& command, const job_timer_stopper::done_fn& done) {
        stop_timers(timers, std::move(ctx), command, done);
      };
}

void stop_confirmed(const job_timer_stopper::stop_fn& stop, const request_context& ctx,
                    const stop_job_timers& message, const entity_answer& confirmed,
                    const job_timer_stopper::done_fn& done) {
  if (confirmed.failure && confirmed.failure->code == command_finished.code) {
    log::info({"job_timer", "stop_not_awaited", ctx.correlation_id}, "command {} of case {} is finished",
              to_string(message.command_id), to_string(message.case_id));
    return done({});
  }
  if (confirmed.failure)
    return done(confirmed.failure);
  auto asked = from_json<stop_job_timers>(confirmed.body);
  if (!asked)
    return done(asked.error());
  asked->attempt = message.attempt;
  stop(ctx, *asked, done);
}

}  // namespace

job_timer_stopper::stop_fn stop_function(work_execution mode, entities<offboarding_aggregate>& cases,
                                         entities<job_timer_aggregate>& timers,
                                         const journal_client& commits) {
  auto stop = carry_out(mode, timers, commits);
  return [&cases, stop](const request_context& ctx, const stop_job_timers& message,
                        const job_timer_stopper::done_fn& done) {
    cases.execute(ctx, message.case_id, confirm_stop_job_timers{message.command_id, message.person_id},
                  [stop, ctx, message, done](const entity_answer& confirmed, bool) {
                    stop_confirmed(stop, ctx, message, confirmed, done);
                  });
  };
}

}  // namespace musterd
