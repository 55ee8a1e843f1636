#pragma once

#include "messaging/amqp/amqp_connection.hpp"

namespace musterd {

class setting_list;

/// `[messaging]`, and the broker's URL.
struct messaging_settings {
  bool enabled = true;
  amqp_options broker;
  std::size_t relay_window = 512;

  /// Whether this node uses a broker at all.
  bool has_broker() const { return enabled && !broker.url.empty(); }
};

void describe(setting_list& on, messaging_settings& s);

}  // namespace musterd
