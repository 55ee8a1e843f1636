#include "http/tls_channel.hpp"

#include <boost/asio/error.hpp>
#include <openssl/err.h>

#include <algorithm>
#include <limits>

namespace musterd {
namespace {

int openssl_size(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

tls_channel::tls_channel(std::shared_ptr<SSL_CTX> context, int socket)
    : context_{std::move(context)}, ssl_{SSL_new(context_.get())} {
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket) != 1)
    throw tls_error{"no memory for a TLS connection"};
  SSL_set_accept_state(ssl_.get());
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
  established_ = false;  // after a fatal error nothing more may be said, good-bye included
  ERR_clear_error();
  return {wants::nothing, boost::asio::error::connection_aborted, 0};
}

tls_channel::step tls_channel::shake_hands() {
  ERR_clear_error();
  auto result = result_of(SSL_do_handshake(ssl_.get()));
  established_ = !result.error;
  return result;
}

tls_channel::step tls_channel::read(char* into, std::size_t size) {
  ERR_clear_error();
  return result_of(SSL_read(ssl_.get(), into, openssl_size(size)));
}

tls_channel::step tls_channel::write(std::string_view text) {
  ERR_clear_error();
  return result_of(SSL_write(ssl_.get(), text.data(), openssl_size(text.size())));
}

void tls_channel::say_end() {
  if (!std::exchange(established_, false))
    return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace musterd
