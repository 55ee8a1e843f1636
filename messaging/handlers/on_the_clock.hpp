#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/event_handler.hpp"

namespace musterd {

/// Who is clocked in now, and who of them is on a break: people.on_the_clock, from our own events.
class on_the_clock final : public event_handler {
 public:
  static consumer_spec spec();
  bool takes(std::string_view event_type) const override;
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override;
};

}  // namespace musterd
