#pragma once

#include "http/message/request.hpp"
#include "http/routing/access/attempt.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>

namespace musterd {

/// What the transport reports to metrics and the access log. Called from any thread; must not block.
class http_observer {
 public:
  /// The route index of requests that matched none or could not be read.
  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

  struct finished_request {
    std::size_t route = no_route;
    verb method = verb::other;
    int status = 0;
    std::chrono::nanoseconds duration{};
    std::size_t response_bytes = 0;
    /// Valid during the call only.
    std::string_view path;
    std::string_view correlation_id;
    std::string_view client_address;
  };

  virtual ~http_observer() = default;
  virtual void on_request(const finished_request&) {}
  /// A change has its answer; called before that is sent.
  virtual void on_attempt(const change_attempt&, const attempt_end&) {}
  /// A handler or access check threw; the client got a 500.
  virtual void on_failure(std::string_view /*correlation_id*/, std::string_view /*path*/,
                          std::string_view /*what*/) {}
  /// Refused because there are too many connections.
  virtual void on_connection_refused() {}
  /// A TLS handshake ended, or the client or we gave up.
  virtual void on_handshake(bool /*succeeded*/) {}
  /// A connection is closed because its client kept sending handshake messages.
  virtual void on_handshake_flood() {}
};

}  // namespace musterd
