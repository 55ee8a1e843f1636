#pragma once

#include "domain/stop_job_timers.hpp"
#include "messaging/event_handler.hpp"
#include "messaging/topology.hpp"

#include <functional>

namespace musterd {

/// The way into the built-in work execution for everybody else: takes StopJobTimers off its queue and hands
/// it to the technician's record, which answers with an event of its own (Story 90, AC3). The record's commit
/// is not the inbox's: after a crash in between the command is done, and answered, once more.
class job_timer_stopper final : public event_handler {
 public:
  /// Told once, on any thread, when the answer is committed or why it is not.
  using done_fn = std::function<void(std::optional<fault>)>;
  using stop_fn = std::function<void(request_context, const stop_job_timers&, done_fn)>;

  explicit job_timer_stopper(stop_fn stop) : stop_{std::move(stop)} {}
  static consumer_spec spec();
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;
  bool handle_all(pqxx::transaction_base& tx, std::span<const event_envelope* const> events) override;

 private:
  stop_fn stop_;
};

}  // namespace musterd
