#pragma once

#include "messaging/amqp/amqp_connection.hpp"

namespace musterd {

/// A message whose method frame has arrived, but not yet all of its header and body frames; one per channel.
struct amqp_connection::assembly {
  enum class kind { none, delivery, returned } what = kind::none;
  amqp_delivery delivery;
  amqp_returned returned;
  bool has_header = false;
  std::uint64_t received = 0;
};

}  // namespace musterd
