#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/event_handler.hpp"

#include <functional>

namespace musterd {

/// The people side of S91-AC3: links user and person in people.user_person_link, from UserProvisioned.
/// Idempotent. Failures are retried and end as dead letters; the user is unaffected.
class user_person_linker final : public event_handler {
 public:
  /// Called after each attempt with whether it succeeded.
  using observer = std::function<void(bool)>;

  explicit user_person_linker(observer observe) : observe_{std::move(observe)} {}
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override { return event_type == "UserProvisioned"; }
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;

 private:
  observer observe_;
};

}  // namespace musterd
