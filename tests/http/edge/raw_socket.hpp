#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace musterd::testing {

/// A TCP connection to 127.0.0.1, for what no proper HTTP client sends. Throws std::system_error.
class raw_socket {
 public:
  explicit raw_socket(std::uint16_t port);
  /// From now on our side buffers only a few unread kilobytes.
  void receive_little();
  /// Sends as much as the other side takes without waiting.
  void send_what_fits(const std::string& text);
  ~raw_socket();
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  /// False if the other side has closed.
  bool send(const std::string& text);
  /// What arrives until it contains `end`, the other side closes, or time is up.
  std::string receive(const std::string& end, std::chrono::milliseconds limit = std::chrono::seconds{30});

 private:
  int fd_ = -1;
};

}  // namespace musterd::testing
