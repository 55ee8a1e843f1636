#pragma once

#include "tests/support/network/broker_link.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musterd::testing {

/// A delivered message with all that a consumer sees.
struct tapped_message {
  std::string exchange, routing_key, content_type, message_id, type, correlation_id;
  std::int64_t timestamp = 0;
  int delivery_mode = 0;
  std::map<std::string, std::string> headers;
  boost::json::value body;
};

/// An exclusive queue on an exchange, read by the thread that asks.
class event_tap {
 public:
  /// What is published from now on arrives; of an exchange of commands those with that routing key.
  event_tap(const std::string& amqp_url, const std::string& exchange, const std::string& command = {});

  /// The next `count` messages whose header `key` is this entity, in their order; fewer if they do not come
  /// in time.
  std::vector<tapped_message> take(const std::string& key, std::size_t count,
                                   std::chrono::milliseconds limit = std::chrono::seconds{60});

 private:
  broker_link broker_;
};

}  // namespace musterd::testing
