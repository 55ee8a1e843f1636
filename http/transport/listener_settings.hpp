#pragma once

#include "common/process/tls.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace musterd {

class setting_list;

/// A listener's limits.
struct listener_settings {
  std::string address = "127.0.0.1";
  /// 0 takes any free port.
  std::uint16_t port = 8080;
  std::size_t threads = 1;
  std::size_t max_connections = 2000;
  /// Per IPv4 address or IPv6 /64; trusted proxies are exempt.
  std::size_t max_connections_per_address = 256;
  std::size_t max_in_flight = 1024;
  std::uint64_t max_body_bytes = 1024 * 1024;
  /// Total of answers waiting to be sent: see `output_budget`.
  std::size_t max_buffered_bytes = 64 * 1024 * 1024;
  /// Total of bodies over `max_open_body_bytes` whose requests are unanswered; a quarter of it per network.
  /// 503 beyond.
  std::size_t max_buffered_body_bytes = 32 * 1024 * 1024;
  /// From a request's first byte to its last: 408 beyond. Also for a TLS handshake: closed beyond.
  std::chrono::milliseconds request_timeout{10'000};
  /// Idle connections are closed after this.
  std::chrono::milliseconds idle_timeout{75'000};
  /// The same where no valid token has been shown, if shorter.
  std::chrono::milliseconds stranger_idle_timeout{20'000};
  /// A client that takes less than 64 KiB of its answer in this time is dropped.
  std::chrono::milliseconds write_timeout{30'000};
  /// Strict-Transport-Security max-age: how long a browser that used https will use nothing else. 0 omits it.
  std::chrono::seconds hsts{31'536'000};
};

/// `[http]`, except the rates.
struct public_listener_settings : listener_settings {
  /// CIDR blocks, read at start.
  std::vector<std::string> trusted_proxies;
  /// Both or neither.
  tls_files tls;
  std::vector<std::string> cors_origins;
};

/// `[ops]`: the operators' own listener.
struct ops_listener_settings {
  std::string address = "127.0.0.1";
  /// 0: none.
  std::uint16_t port = 0;
  bool tls = false;
};

void describe(setting_list& on, public_listener_settings& s);
void describe(setting_list& on, ops_listener_settings& s);

}  // namespace musterd
