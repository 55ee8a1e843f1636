#pragma once

#include "domain/job_timer/stop_job_timers.hpp"
#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/forwarding_handler.hpp"

namespace musterd {

/// Entry to the built-in work execution for other parts: passes StopJobTimers from its queue to the
/// technician's record, which answers with its own event (S90-AC3).
class job_timer_stopper final : public forwarding_handler {
 public:
  using stop_fn = std::function<void(request_context, const stop_job_timers&, done_fn)>;

  explicit job_timer_stopper(stop_fn stop) : stop_{std::move(stop)} {}
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override {
    return event_type == stop_job_timers_route.event_type;
  }

 private:
  outcome<forward_fn> read(const event_envelope& event) override;

  stop_fn stop_;
};

}  // namespace musterd
