#pragma once

#include "http/message/client_address.hpp"
#include "http/message/cross_origin.hpp"
#include "http/routing/access_control.hpp"
#include "http/routing/observer.hpp"
#include "http/routing/request_digest.hpp"
#include "http/routing/route_table.hpp"
#include "http/transport/tls/tls_certificate.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace musterd {

struct http_settings {
  std::string address = "127.0.0.1";
  /// 0 takes any free port.
  std::uint16_t port = 8080;
  std::size_t threads = 1;
  std::size_t max_connections = 4096;
  /// Of one IPv4 address or one /64 of IPv6, but for `trusted_proxies`.
  std::size_t max_connections_per_address = 256;
  std::size_t max_in_flight = 2048;
  std::uint32_t max_header_bytes = 16 * 1024;
  std::uint64_t max_body_bytes = 1024 * 1024;
  /// Of routes that need no token, and of requests that show none.
  std::uint64_t max_open_body_bytes = 16 * 1024;
  /// Answers that wait to be sent, all together: beyond, no request is begun, and who does not read is
  /// closed.
  std::size_t max_buffered_bytes = 64 * 1024 * 1024;
  /// Bodies of more than `max_open_body_bytes` whose requests are not answered, all together; of one network
  /// a quarter. 503 beyond.
  std::size_t max_buffered_body_bytes = 32 * 1024 * 1024;
  /// Connections speak TLS and show this one, which must outlive the server; null for plain HTTP.
  const tls_certificate* tls = nullptr;
  /// From the first byte of a request to its last: 408 beyond. Of a TLS handshake as well: closed beyond.
  std::chrono::milliseconds request_timeout{10'000};
  /// A connection without a request is closed after this.
  std::chrono::milliseconds idle_timeout{75'000};
  /// The same for who has shown no valid token, if that is less.
  std::chrono::milliseconds stranger_idle_timeout{20'000};
  /// A client that takes less than 64 KiB of its answer meanwhile is dropped.
  std::chrono::milliseconds write_timeout{30'000};
  /// A request that its handler does not answer: 504 beyond. The last resort behind the handlers' own
  /// timeouts.
  std::chrono::milliseconds handling_timeout{30'000};
  /// Who may say on whose behalf it asks, and may have as many connections as there are.
  std::vector<address_block> trusted_proxies;
  /// Pages that may read answers.
  cross_origin origins;
  /// For how long a browser that came by https comes by nothing else; 0 says nothing of it.
  std::chrono::seconds hsts{31'536'000};
  /// The same on all nodes.
  request_key digest_key{};
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
