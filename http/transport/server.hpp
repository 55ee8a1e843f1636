#pragma once

#include "http/message/client_address.hpp"
#include "http/message/cross_origin.hpp"
#include "http/routing/access_control.hpp"
#include "http/routing/observer.hpp"
#include "http/routing/request_digest.hpp"
#include "http/routing/route_table.hpp"
#include "http/transport/listener_settings.hpp"
#include "http/transport/tls/tls_certificate.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace musterd {

/// What is configured, and what it becomes at start.
struct http_settings : listener_settings {
  std::uint32_t max_header_bytes = 16 * 1024;
  /// Of routes that need no token, and of requests that show none.
  std::uint64_t max_open_body_bytes = 16 * 1024;
  /// Connections speak TLS and show this one, which must outlive the server; null for plain HTTP.
  const tls_certificate* tls = nullptr;
  /// A request that its handler does not answer: 504 beyond. The last resort behind the handlers' own
  /// timeouts.
  std::chrono::milliseconds handling_timeout{30'000};
  /// Who may say on whose behalf it asks, and may have as many connections as there are.
  std::vector<address_block> trusted_proxies;
  /// Pages that may read answers.
  cross_origin origins;
  /// The same on all nodes.
  request_key digest_key{};
  /// While answers have little room, one must be taken within this, and a second more for so many bytes.
  std::chrono::milliseconds patience_when_scarce{10'000};
  std::size_t least_rate_when_scarce = 256 * 1024;
  /// How often deadlines are looked at.
  std::chrono::milliseconds sweep_interval{100};
};

/// Listens, reads requests, asks the access control, runs handlers, writes answers.
/// Table, access control and observer must outlive it.
class http_server {
 public:
  http_server(http_settings settings, const route_table& routes, access_control& access,
              http_observer& observer);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Binds and begins to accept. Throws std::system_error when the address is taken.
  void start();
  /// The port it really listens on.
  std::uint16_t port() const;

  struct figures {
    std::size_t connections = 0;
    std::size_t in_flight = 0;
    /// Of answers that wait to be sent.
    std::size_t buffered_bytes = 0;
  };
  figures now() const;

  /// Accepts nothing more, closes idle connections, lets requests in flight finish until the grace is over,
  /// then closes the rest. Returns how many requests were cut short.
  std::size_t stop(std::chrono::milliseconds grace);

  struct parts;

 private:
  std::unique_ptr<parts> parts_;
};

}  // namespace musterd
