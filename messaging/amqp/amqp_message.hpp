#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace musterd {

using amqp_header = std::pair<std::string_view, std::string_view>;

/// A message to publish; borrows everything until `publish` returns. Always persistent.
struct amqp_publication {
  /// '' is the default exchange: the routing key names a queue.
  std::string_view exchange;
  std::string_view routing_key;
  std::string_view body;
  std::string_view message_id;
  std::string_view type;
  std::string_view correlation_id;
  std::string_view content_type = "application/json";
  std::int64_t timestamp_s = 0;
  /// Milliseconds as text; empty: never expires.
  std::string_view expiration;
  std::span<const amqp_header> headers;
  /// Returned as `amqp_returned` if no queue takes it.
  bool mandatory = false;
};

/// A message from a queue. Beyond the connection's limit `body` is cut; `body_size` is the full size.
struct amqp_delivery {
  std::uint64_t tag = 0;
  bool redelivered = false;
  std::string exchange;
  std::string routing_key;
  std::string message_id;
  std::string type;
  std::string correlation_id;
  std::string content_type;
  boost::json::object headers;
  std::string body;
  std::uint64_t body_size = 0;
};

/// The broker accepted or refused what was published under `tag`; `multiple`: also everything before it.
struct amqp_confirm {
  std::uint64_t tag = 0;
  bool multiple = false;
  bool accepted = true;
  std::uint16_t channel = 0;
};

/// A mandatory message that no queue takes. Its confirm follows.
struct amqp_returned {
  int code = 0;
  std::string text;
  std::string routing_key;
  std::string message_id;
};

/// The broker ended a subscription: the queue was deleted or moved.
struct amqp_cancelled {
  std::string consumer_tag;
};

using amqp_signal = std::variant<std::monostate, amqp_delivery, amqp_confirm, amqp_returned, amqp_cancelled>;

}  // namespace musterd
