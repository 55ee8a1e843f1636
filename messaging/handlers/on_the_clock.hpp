#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/event_handler.hpp"

namespace musterd {

/// Maintains people.on_the_clock from our own events: who is clocked in, and who of them is on a break.
class on_the_clock final : public event_handler {
 public:
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override;
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;
};

}  // namespace musterd
