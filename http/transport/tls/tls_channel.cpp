#include "http/transport/tls/tls_channel.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <limits>

namespace musterd {
namespace {

/// Room for any record; what OpenSSL has already taken of the next one stays in its buffer.
constexpr std::size_t most_of_a_step = 32 * 1024;
/// A handshake takes fewer than ten, later only a key update now and then. Counts messages and records.
constexpr std::size_t most_talk = 64;
/// Application data that earns another `most_talk`.
constexpr std::size_t worth_of_talk = 64 * 1024;

int openssl_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

tls_channel::tls_channel(std::shared_ptr<SSL_CTX> context, int socket)
    : context_{std::move(context)}, ssl_{SSL_new(context_.get())} {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1)
    throw tls_error{"no memory for a TLS connection"};
  auto* wire = SSL_get_rbio(ssl_.get());
  BIO_set_callback_arg(wire, reinterpret_cast<char*>(this));
  BIO_set_callback_ex(wire, meter);
  SSL_set_msg_callback_arg(ssl_.get(), this);
  SSL_set_msg_callback(ssl_.get(), note);
  SSL_set_accept_state(ssl_.get());
}

/// Before a read: refuses it at the step's limit, as if nothing were there. After: counts it.
long tls_channel::meter(BIO* wire, int operation, const char*, std::size_t, int, long, int result,
                        std::size_t* count) {
  if ((operation & ~BIO_CB_RETURN) != BIO_CB_READ)
    return result;
  auto& taken = reinterpret_cast<tls_channel*>(BIO_get_callback_arg(wire))->taken_;
  if ((operation & BIO_CB_RETURN) != 0) {
    if (result > 0)
      taken += *count;
    return result;
  }
  if (taken < most_of_a_step)
    return result;
  BIO_clear_retry_flags(wire);
  BIO_set_retry_read(wire);
  return -1;
}

/// TLS 1.3 hides a record's true type inside it.
void tls_channel::note(int written, int, int kind, const void* text, std::size_t size, SSL*, void* channel) {
  bool tells_type = kind == SSL3_RT_HEADER || kind == SSL3_RT_INNER_CONTENT_TYPE;
  if (written == 0 &&
      (kind == SSL3_RT_HANDSHAKE ||
       (tells_type && size > 0 && *static_cast<const unsigned char*>(text) == SSL3_RT_HANDSHAKE)))
    static_cast<tls_channel*>(channel)->on_handshake_record();
}

/// Treats the client as having ended, so that OpenSSL also discards what it has already read.
void tls_channel::on_handshake_record() {
  if (++talk_ <= most_talk)
    return;
  flooded_ = true;
  SSL_set_shutdown(ssl_.get(), SSL_get_shutdown(ssl_.get()) | SSL_RECEIVED_SHUTDOWN);
}

void tls_channel::begin_step() {
  ERR_clear_error();
  taken_ = 0;
}

void tls_channel::carried(std::size_t count) {
  carried_ += count;
  if (carried_ >= worth_of_talk)
    carried_ = talk_ = 0;
}

tls_channel::step tls_channel::result_of(int returned) {
  if (returned > 0)
    return {wants::nothing, {}, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return {wants::to_read, boost::asio::error::would_block, 0};
    case SSL_ERROR_WANT_WRITE: return {wants::to_write, boost::asio::error::would_block, 0};
    case SSL_ERROR_ZERO_RETURN: return {wants::nothing, boost::asio::error::eof, 0};
    default: break;
  }
  established_ = false;  // after a fatal error nothing more may be sent, not even close_notify
  ERR_clear_error();
  return {wants::nothing, boost::asio::error::connection_aborted, 0};
}

tls_channel::step tls_channel::shake_hands() {
  begin_step();
  auto result = result_of(SSL_do_handshake(ssl_.get()));
  established_ = !result.error;
  if (established_)
    talk_ = 0;
  return result;
}

tls_channel::step tls_channel::read(char* into, std::size_t size) {
  begin_step();
  auto result = result_of(SSL_read(ssl_.get(), into, openssl_size(size)));
  carried(result.count);
  return result;
}

tls_channel::step tls_channel::write(std::string_view text) {
  begin_step();
  auto result = result_of(SSL_write(ssl_.get(), text.data(), openssl_size(text.size())));
  carried(result.count);
  return result;
}

void tls_channel::say_end() {
  if (!std::exchange(established_, false))
    return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace musterd
