#pragma once

#include "common/process/tls.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace musterd::testing {

/// A TLS client whose bytes are the test's to send, to hold back, and to cut. Waits have a deadline.
class tls_puppet {
 public:
  struct wish {
    int version = TLS1_3_VERSION;
    /// Bytes of an extension that nobody knows, and of a record at most.
    std::size_t padding = 0, record = 16 * 1024;
  };

  explicit tls_puppet(wish how);
  tls_puppet(std::uint16_t port, wish how, const char* from = "127.0.0.1");
  ~tls_puppet();
  tls_puppet(const tls_puppet&) = delete;
  tls_puppet& operator=(const tls_puppet&) = delete;

  SSL* ssl() { return ssl_.get(); }
  /// What OpenSSL wants to send, as records on the wire.
  std::string said();
  /// Begins a handshake, or another one; nothing is sent.
  std::string hello();
  /// The whole handshake.
  bool shake_hands();
  void send(std::string_view wire);
  /// What has come from the server since, as records on the wire; nothing more when it has ended.
  std::string receive();
  /// Whether the server ends the connection.
  bool ends();

 private:
  /// What the extension holds.
  std::string padding_;
  openssl_owned<SSL_CTX> context_;
  openssl_owned<SSL> ssl_;
  int fd_ = -1;
};

}  // namespace musterd::testing
