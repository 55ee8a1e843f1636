#include "common/text/readable_text.hpp"
#include "common/text/text.hpp"
#include "domain/job_timer/commands.hpp"
#include "domain/kernel/not_before.hpp"
#include "domain/person/faults.hpp"

namespace musterd {
namespace {

job_timer stopped(job_timer timer, timestamp end, timestamp now) {
  timer.status = job_timer_status::stopped;
  timer.end_time = not_before(timer.start_time, end);
  timer.duration_seconds =
      std::chrono::floor<std::chrono::seconds>(*timer.end_time - timer.start_time).count();
  timer.updated_at = now;
  ++timer.version;
  return timer;
}

/// The instant of the deactivation, unless it lies further ahead than clocks differ: the technician's next
/// timer would start there, too.
timestamp forced_end(const stop_job_timers& c, timestamp now) {
  return c.stop_at <= now + deactivation_grace ? c.stop_at : now;
}

}  // namespace

void validate(const start_job_timer& c, std::vector<field_error>& errors) {
  if (is_blank(c.work_order_id) || count_characters(c.work_order_id) > max_work_order_id_length)
    errors.push_back({"workOrderId", "workOrderId must have 1 to 64 characters."});
  else
    check_readable("workOrderId", c.work_order_id, errors);
  if (c.job_code && (c.job_code->empty() || c.job_code->size() > max_job_code_length))
    errors.push_back({"jobCode", "jobCode must have 1 to 64 bytes."});
  else if (c.job_code)
    check_readable("jobCode", *c.job_code, errors);
}

job_timer_decision<job_timer> decide(const job_timer_state& state, const start_job_timer& c,
                                     const request_context& ctx, const facts& known) {
  if (!known.caller.active())
    return account_disabled;
  if (known.locations.find_active(ctx.tenant, c.location_id) == nullptr)
    return location_not_found;
  if (state.running() != nullptr)
    return timer_already_active;
  job_timer timer;
  timer.timer_id = {known.ids.next()};
  timer.technician_id = state.technician;
  timer.work_order_id = c.work_order_id;
  timer.job_code = c.job_code;
  timer.location_id = c.location_id;
  timer.start_time = state.latest ? not_before(*state.latest->end_time, ctx.now) : ctx.now;
  timer.created_at = timer.updated_at = ctx.now;
  return decision{events_of<job_timer_event>(job_timer_started{{known.ids.next()}, timer}), timer};
}

job_timer_decision<job_timer> decide(const job_timer_state& state, const stop_job_timer&,
                                     const request_context& ctx, const facts& known) {
  const auto* running = state.running();
  if (running == nullptr)
    return no_active_timer;
  auto timer = stopped(*running, ctx.now, ctx.now);
  return decision{events_of<job_timer_event>(job_timer_stopped{{known.ids.next()}, timer}), timer};
}

job_timer_decision<job_timers_stopped> decide(const job_timer_state& state, const force_stop_job_timers& c,
                                              const request_context& ctx, const facts& known) {
  job_timer_events events;
  job_timers_stopped reply{c.case_id, c.command_id, c.person_id, {}};
  const auto* running = state.running();
  if (running != nullptr && running->start_time < c.stop_at + deactivation_grace) {
    auto timer = stopped(*running, forced_end(c, ctx.now), ctx.now);
    timer.forced_stop = true;
    timer.forced_stop_reason = c.reason;
    reply.stopped_timer_ids.push_back(timer.timer_id.value);
    events.emplace_back(job_timer_stopped{{known.ids.next()}, std::move(timer)});
  }
  events.emplace_back(stop_job_timers_answered{{known.ids.next()}, reply});
  return decision{std::move(events), std::move(reply)};
}

job_timer_decision<page<job_timer>> decide(const job_timer_state& state, const get_active_job_timers& c,
                                           const request_context&, const facts&) {
  const auto* running = state.running();
  page<job_timer> result{{}, c.page_index, c.page_size, running != nullptr ? 1 : 0};
  if (running != nullptr && c.page_index == 0)
    result.items.push_back(*running);
  return decision{job_timer_events{}, std::move(result)};
}

}  // namespace musterd
