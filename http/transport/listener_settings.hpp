#pragma once

#include "common/process/tls.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace musterd {

class setting_list;

/// What a listener allows.
struct listener_settings {
  std::string address = "127.0.0.1";
  /// 0 takes any free port.
  std::uint16_t port = 8080;
  std::size_t threads = 1;
  std::size_t max_connections = 2000;
  /// Of one IPv4 address or one /64 of IPv6, but for trusted proxies.
  std::size_t max_connections_per_address = 256;
  std::size_t max_in_flight = 1024;
  std::uint64_t max_body_bytes = 1024 * 1024;
  /// Answers that wait to be sent, all together: see `output_budget`.
  std::size_t max_buffered_bytes = 64 * 1024 * 1024;
  /// Bodies of more than `max_open_body_bytes` whose requests are not answered, all together; of one network
  /// a quarter. 503 beyond.
  std::size_t max_buffered_body_bytes = 32 * 1024 * 1024;
  /// From the first byte of a request to its last: 408 beyond. Of a TLS handshake as well: closed beyond.
  std::chrono::milliseconds request_timeout{10'000};
  /// A connection without a request is closed after this.
  std::chrono::milliseconds idle_timeout{75'000};
  /// The same for who has shown no valid token, if that is less.
  std::chrono::milliseconds stranger_idle_timeout{20'000};
  /// A client that takes less than 64 KiB of its answer meanwhile is dropped.
  std::chrono::milliseconds write_timeout{30'000};
  /// For how long a browser that came by https comes by nothing else; 0 says nothing of it.
  std::chrono::seconds hsts{31'536'000};
};

/// `[http]`, but for the rates.
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
