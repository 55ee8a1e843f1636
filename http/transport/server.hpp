#pragma once

#include "http/message/client_address.hpp"
#include "http/message/cross_origin.hpp"
#include "http/routing/access/access_control.hpp"
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

/// The configured settings, and those derived at start.
struct http_settings : listener_settings {
  std::uint32_t max_header_bytes = 16 * 1024;
  /// For routes that need no token, and requests that show none.
  std::uint64_t max_open_body_bytes = 16 * 1024;
  /// Shown by TLS connections; must outlive the server. Null for plain HTTP.
  const tls_certificate* tls = nullptr;
  /// 504 if a handler has not answered by then: the last resort behind the handlers' own timeouts.
  std::chrono::milliseconds handling_timeout{30'000};
  /// Believed about their clients' addresses, and exempt from the per-address connection limit.
  std::vector<address_block> trusted_proxies;
  /// Whose pages may read answers.
  cross_origin origins;
  /// Must be the same on all nodes.
  request_key digest_key{};
  /// While output is scarce, a client that takes nothing for longer is closed.
  std::chrono::milliseconds longest_pause_when_scarce{1'000};
  /// While output is scarce, an answer must be taken within this plus one second per `least_rate_when_scarce`
  /// bytes.
  std::chrono::milliseconds patience_when_scarce{10'000};
  std::size_t least_rate_when_scarce = 256 * 1024;
  /// How often deadlines are checked.
  std::chrono::milliseconds sweep_interval{100};
};

/// Listens, reads requests, checks access, runs handlers, writes answers. Table, access control and observer
/// must outlive it.
class http_server {
 public:
  http_server(http_settings settings, const route_table& routes, access_control& access,
              http_observer& observer);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Binds and starts accepting. Throws std::system_error if the address cannot be bound.
  void start();
  /// The actual port.
  std::uint16_t port() const;

  struct figures {
    std::size_t connections = 0;
    std::size_t in_flight = 0;
    /// Answers waiting to be sent.
    std::size_t buffered_bytes = 0;
  };
  figures now() const;

  /// Stops accepting, closes idle connections, lets requests in flight finish within `grace`, closes the
  /// rest. Returns how many were cut short.
  std::size_t stop(std::chrono::milliseconds grace);

  struct parts;

 private:
  std::unique_ptr<parts> parts_;
};

}  // namespace musterd
