#pragma once

#include <boost/json.hpp>

#include <chrono>
#include <map>
#include <memory>
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

/// An exclusive queue on a topic exchange, read by the thread that asks.
class event_tap {
 public:
  /// What is published from now on arrives.
  event_tap(const std::string& amqp_url, const std::string& exchange);
  ~event_tap();
  event_tap(const event_tap&) = delete;
  event_tap& operator=(const event_tap&) = delete;

  /// The next `count` messages whose header `key` is this entity, in their order; fewer if they do not come
  /// in time.
  std::vector<tapped_message> take(const std::string& key, std::size_t count,
                                   std::chrono::milliseconds limit = std::chrono::seconds{60});

  /// Says something itself: one message with a header `key`, confirmed by the broker. False when there
  /// is no exchange or queue for it yet.
  static bool publish(const std::string& amqp_url, const std::string& exchange,
                      const std::string& routing_key, const std::string& key, const std::string& body);

 private:
  struct connection;
  std::unique_ptr<connection> broker_;
};

}  // namespace musterd::testing
