#include "domain/job_timer/events.hpp"

namespace musterd {
namespace {

struct job_timer_applier {
  job_timer_state& state;

  void operator()(const job_timer_started& e) const { state.latest = e.timer; }
  void operator()(const job_timer_stopped& e) const { state.latest = e.timer; }
  void operator()(const stop_job_timers_answered&) const {}
};

}  // namespace

void evolve(job_timer_state& state, const job_timer_event& event) {
  std::visit(job_timer_applier{state}, event);
}

}  // namespace musterd
