#pragma once

#include "common/process/tls.hpp"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace musterd {

/// TLS over a connected socket that does not block. One thread at a time. A call takes only so much of what
/// the client has sent, and then wants to read: OpenSSL alone would go on for as long as records come that
/// are no application data.
class tls_channel {
 public:
  /// What has to happen at the socket before a step can go on.
  enum class wants { nothing, to_read, to_write };
  struct step {
    wants next = wants::nothing;
    boost::system::error_code error;
    std::size_t count = 0;
  };

  /// Throws tls_error when there is no memory. `socket` must outlive it.
  tls_channel(std::shared_ptr<SSL_CTX> context, int socket);
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  step shake_hands();
  step read(char* into, std::size_t size);
  step write(std::string_view text);
  /// Whether something is here that was taken from the socket and not read: nobody wakes us for it.
  bool has_pending() const { return SSL_has_pending(ssl_.get()) == 1; }
  /// Says good-bye, if there is room for it and somebody to say it to.
  void say_end();
  /// The client sends handshake messages, or records with pieces of them, without end. What it sent after
  /// these is thrown away, and every further step fails.
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
  /// Bytes of this step, as they came over the wire.
  std::size_t taken_ = 0;
  /// Handshake messages and records since the last `carried_` bytes of application data, both ways.
  std::size_t talk_ = 0, carried_ = 0;
};

}  // namespace musterd
