#include "domain/audit/audit_trace.hpp"
#include "domain/job_timer/events.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr event_route started_route{"JobTimerStarted", "workexec.events", "workexec.job_timer.started.v1"};
constexpr event_route stopped_route{"JobTimerStopped", "workexec.events", "workexec.job_timer.stopped.v1"};

struct job_timer_effect_writer {
  effects& out;
  const request_context& ctx;
  id_source& ids;

  void operator()(const job_timer_started& e) const { timer(e, "JOB_TIMER_STARTED", started_route); }

  void operator()(const job_timer_stopped& e) const {
    if (!e.timer.forced_stop)
      return timer(e, "JOB_TIMER_STOPPED", stopped_route);
    timer(e, "JOB_TIMER_FORCE_STOPPED", stopped_route);
    out.log("job_timer_force_stopped",
            fmt::format("job timer {} of {}: {}", to_string(e.timer.timer_id),
                        to_string(e.timer.technician_id), *e.timer.forced_stop_reason));
  }

  void operator()(const stop_job_timers_answered& e) const {
    out.write(ctx.tenant, make_event(ctx, job_timers_stopped_route, e.event_id, e.answer.person_id.value,
                                     to_json(e.answer)));
  }

  template <class Event>
  void timer(const Event& e, std::string_view audit_type, const event_route& route) const {
    const auto& t = e.timer;
    out.write(ctx.tenant, t);
    auto details = to_json(t);
    auto entry = audit_from(ctx, ids.next(), audit_category::timekeeping, std::string{audit_type});
    entry.subject_type = "JobTimer";
    entry.subject_id = t.timer_id.value;
    entry.location_id = t.location_id;
    entry.reason_code = t.forced_stop_reason;
    entry.details.text = traced(ctx, details);
    out.write(ctx.tenant, entry);
    out.write(ctx.tenant, make_event(ctx, route, e.event_id, t.technician_id.value, std::move(details)));
  }
};

}  // namespace

void add_effects(effects& out, const job_timer_event& event, const request_context& ctx, id_source& ids) {
  std::visit(job_timer_effect_writer{out, ctx, ids}, event);
}

}  // namespace musterd
