#pragma once

#include "messaging/event_handler.hpp"
#include "messaging/topology.hpp"

#include <functional>
#include <optional>
#include <string>

namespace musterd {

/// Takes to the offboarding cases what the work execution answers: JobTimersStopped, JobTimersStopFailed. An
/// answer may come late, twice, or to a command that was given up; the case knows what still counts.
class offboarding_answers final : public event_handler {
 public:
  struct answer {
    uuid case_id;
    uuid command_id;
    /// Nothing for success.
    std::optional<std::string> error;
  };
  /// Hands it to the case, and waits until that is committed.
  using report_fn = std::function<std::optional<fault>(const event_envelope&, const answer&)>;

  explicit offboarding_answers(report_fn report) : report_{std::move(report)} {}
  static consumer_spec spec();
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;

 private:
  report_fn report_;
};

}  // namespace musterd
