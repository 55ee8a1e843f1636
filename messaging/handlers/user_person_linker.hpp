#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/event_handler.hpp"

#include <atomic>

namespace musterd {

/// The people side of S91-AC3: writes down who is behind a user, people.user_person_link, from
/// UserProvisioned. Linking again changes nothing. What fails is tried again and ends among the dead letters;
/// the user stays as it is.
class user_person_linker final : public event_handler {
 public:
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override { return event_type == "UserProvisioned"; }
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;

  std::atomic<std::uint64_t> linked{0}, failed{0};
};

}  // namespace musterd
