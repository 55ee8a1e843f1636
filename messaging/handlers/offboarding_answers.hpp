#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/forwarding_handler.hpp"

namespace musterd {

/// Passes the work execution's answers, JobTimersStopped and JobTimersStopFailed, to the offboarding cases.
/// An answer may be late, repeated, or for an abandoned command; the case knows what still counts.
class offboarding_answers final : public forwarding_handler {
 public:
  struct answer {
    uuid case_id;
    uuid command_id;
    /// nullopt on success.
    std::optional<std::string> error;
    std::optional<std::int64_t> attempt;
  };
  using report_fn = std::function<void(request_context, const answer&, done_fn)>;

  explicit offboarding_answers(report_fn report) : report_{std::move(report)} {}
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override;

 private:
  outcome<forward_fn> read(const event_envelope& event) override;
  forward_fn reporting(const event_envelope& event, answer given);

  report_fn report_;
};

}  // namespace musterd
