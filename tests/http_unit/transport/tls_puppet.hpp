#pragma once

#include "common/process/tls.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace musterd::testing {

/// A TLS client whose bytes the test sends, holds back or cuts. Waits have a deadline.
class tls_puppet {
 public:
  struct wish {
    int version = TLS1_3_VERSION;
    /// Bytes of an unknown extension, and the largest record.
    std::size_t padding = 0, record = 16 * 1024;
  };

  explicit tls_puppet(wish how);
  tls_puppet(std::uint16_t port, wish how, const char* from = "127.0.0.1");
  ~tls_puppet();
  tls_puppet(const tls_puppet&) = delete;
  tls_puppet& operator=(const tls_puppet&) = delete;

  SSL* ssl() { return ssl_.get(); }
  /// What OpenSSL wants to send, as TLS records.
  std::string said();
  /// Begins a handshake or a renegotiation; returns its records, sends nothing.
  std::string hello();
  bool shake_hands();
  void send(std::string_view wire);
  /// What the server has sent since, as TLS records; empty once it has closed.
  std::string receive();
  /// Whether the server closes the connection.
  bool ends();

 private:
  /// Content of the extension.
  std::string padding_;
  openssl_owned<SSL_CTX> context_;
  openssl_owned<SSL> ssl_;
  int fd_ = -1;
};

}  // namespace musterd::testing
