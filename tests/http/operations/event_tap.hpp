#pragma once

#include "tests/support/network/broker_link.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace musterd::testing {

/// A delivered message with everything a consumer sees.
struct tapped_message {
  std::string exchange, routing_key, content_type, message_id, type, correlation_id;
  std::int64_t timestamp = 0;
  int delivery_mode = 0;
  std::map<std::string, std::string> headers;
  boost::json::value body;
};

/// An exclusive queue on an exchange, read by the calling thread.
class event_tap {
 public:
  /// Gets what is published from now on; from an exchange of commands, only what has that routing key.
  event_tap(const std::string& amqp_url, const std::string& exchange, const std::string& command = {});

  /// The next `count` messages whose header `key` is this entity, in order; fewer if they do not arrive in
  /// time.
  std::vector<tapped_message> take(const std::string& key, std::size_t count,
                                   std::chrono::milliseconds limit = std::chrono::seconds{60});

 private:
  broker_link broker_;
};

}  // namespace musterd::testing
