#pragma once

#include <cstdint>
#include <string>

namespace musterd::bench {

/// `commands` is the cycle clock-in, breaks/start, breaks/end, clock-out; the others repeat one GET, or a
/// POST with each line's body.
enum class scenario { commands, get, post };

struct options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  /// TLS, without verifying the server's certificate.
  bool tls = false;
  scenario what = scenario::commands;
  /// For `get` and `post`.
  std::string path = "/api/people/me/timecard";
  int expected_status = 200;
  /// Lines "<person id> <access token>"; without a file requests carry no token. For `post`: "<text that the
  /// answer must contain> <access token> <body>".
  std::string people_file;
  std::size_t skip = 0;
  std::size_t people = 0;
  /// For clock-in.
  std::string location;
  std::size_t connections = 32;
  /// Open loop: requests per second whatever the answers. 0 for a closed loop: a connection sends once
  /// answered.
  double rate = 0;
  double seconds = 10;
  /// Before the measurement, at the same load.
  double warm_up = 2;
  /// Ends after this many answers if that is earlier; 0: no limit.
  std::uint64_t count = 0;
  /// Each person once, in order, without warm-up, so that `get` wakes everybody exactly once.
  bool once = false;
  /// Every n-th body is checked.
  std::uint64_t check_every = 50;
};

}  // namespace musterd::bench
