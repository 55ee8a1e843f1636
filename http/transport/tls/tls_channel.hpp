#pragma once

#include "common/process/tls.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace musterd {

/// TLS over a connected, non-blocking socket. One thread at a time. A call takes only so much input, then
/// wants to read: OpenSSL alone would go on as long as records without application data come.
class tls_channel {
 public:
  /// What the socket must be ready for before a step can continue.
  enum class wants { nothing, to_read, to_write };
  struct step {
    wants next = wants::nothing;
    boost::system::error_code error;
    std::size_t count = 0;
  };

  /// Throws tls_error if out of memory. `socket` must outlive it.
  tls_channel(std::shared_ptr<SSL_CTX> context, int socket);
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  step shake_hands();
  step read(char* into, std::size_t size);
  step write(std::string_view text);
  /// Whether bytes taken from the socket are still unread: the socket will not wake us for them.
  bool has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }
  /// Sends close_notify, if the connection is established and there is room.
  void say_end();
  /// The client floods us with handshake messages, or records with pieces of them. What follows them is
  /// discarded, and no later read succeeds.
  bool is_flooded() const { return flooded_; }

 private:
  static long meter(BIO* wire, int operation, const char*, std::size_t, int, long, int result,
                    std::size_t* count);
  static void note(int written, int version, int kind, const void* text, std::size_t size, SSL* ssl,
                   void* channel);
  void begin_step();
  void on_handshake_record();
  void carried(std::size_t count);
  step result_of(int returned);

  std::shared_ptr<SSL_CTX> context_;
  openssl_owned<SSL> ssl_;
  bool established_ = false;
  bool flooded_ = false;
  /// This step's bytes, as they came over the wire.
  std::size_t taken_ = 0;
  /// Handshake messages and records, and bytes of application data both ways, since both were last reset.
  std::size_t talk_ = 0, carried_ = 0;
};

}  // namespace musterd
