#include "domain/job_timer/decide.hpp"

#include "common/text/readable_text.hpp"
#include "common/text/text.hpp"
#include "domain/person/roles/access.hpp"

namespace musterd {
namespace {

/// A clock that was set back must not make an interval end before it starts.
timestamp not_before(timestamp start, timestamp now) {
  return std::max(start, now);
}

job_timer stopped(job_timer timer, timestamp end, timestamp now) {
  timer.status = job_timer_status::stopped;
  timer.end_time = not_before(timer.start_time, end);
  timer.duration_seconds =
      std::chrono::floor<std::chrono::seconds>(*timer.end_time - timer.start_time).count();
  timer.updated_at = now;
  ++timer.version;
  return timer;
}

/// The instant of the deactivation, unless it lies further ahead than clocks differ: nothing ends in a
/// distant future, which would move the technician's next timer there too.
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

outcome<job_timer_events> decide(const job_timer_state& state, const start_job_timer& c,
                                 const request_context& ctx, facts& known) {
  if (!known.caller.active())
    return account_disabled();
  if (known.locations.find_active(ctx.tenant, c.location_id) == nullptr)
    return not_found("LOCATION_NOT_FOUND", "Location not found.");
  if (state.running() != nullptr)
    return conflict("TIMER_ALREADY_ACTIVE", "A job timer is already running.");
  job_timer timer;
  timer.timer_id = {known.ids.next()};
  timer.technician_id = state.technician;
  timer.work_order_id = c.work_order_id;
  timer.job_code = c.job_code;
  timer.location_id = c.location_id;
  timer.start_time = state.latest ? not_before(*state.latest->end_time, ctx.now) : ctx.now;
  timer.created_at = timer.updated_at = ctx.now;
  return job_timer_events{job_timer_started{{known.ids.next()}, std::move(timer)}};
}

outcome<job_timer_events> decide(const job_timer_state& state, const stop_job_timer&,
                                 const request_context& ctx, facts& known) {
  const auto* running = state.running();
  if (running == nullptr)
    return conflict("NO_ACTIVE_TIMER", "No job timer is running.");
  return job_timer_events{job_timer_stopped{{known.ids.next()}, stopped(*running, ctx.now, ctx.now)}};
}

outcome<job_timer_events> decide(const job_timer_state& state, const force_stop_job_timers& c,
                                 const request_context& ctx, facts& known) {
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
  events.emplace_back(stop_job_timers_answered{{known.ids.next()}, std::move(reply)});
  return events;
}

outcome<job_timer_events> decide(const job_timer_state&, const get_active_job_timers&, const request_context&,
                                 facts&) {
  return job_timer_events{};
}

job_timer answer(const job_timer_state& after, const start_job_timer&, const job_timer_events&, timestamp) {
  return *after.latest;
}

job_timer answer(const job_timer_state& after, const stop_job_timer&, const job_timer_events&, timestamp) {
  return *after.latest;
}

job_timers_stopped answer(const job_timer_state&, const force_stop_job_timers&,
                          const job_timer_events& events, timestamp) {
  return std::get<stop_job_timers_answered>(events.back()).answer;
}

page<job_timer> answer(const job_timer_state& after, const get_active_job_timers& c, const job_timer_events&,
                       timestamp) {
  const auto* running = after.running();
  page<job_timer> result{{}, c.page_index, c.page_size, running != nullptr ? 1 : 0};
  if (running != nullptr && c.page_index == 0)
    result.items.push_back(*running);
  return result;
}

}  // namespace musterd
