#include "bench/load/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <stdexcept>
#include <strings.h>

namespace musterd::bench {

namespace asio = boost::asio;

connection::connection(asio::io_context& io, const asio::ip::tcp::endpoint& to, bool tls, on_answer answered,
                       on_failure failed)
    : socket_{io}, answered_{std::move(answered)}, failed_{std::move(failed)}, input_(16 << 10, '\0') {
  socket_.connect(to);
  socket_.set_option(asio::ip::tcp::no_delay{true});
  if (tls)
    shake_hands();
  socket_.non_blocking(true);
}

void connection::shake_hands() {
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  if (SSL_connect(ssl_.get()) != 1)
    throw std::runtime_error{"no TLS handshake"};
}

void connection::send() {
  filled_ = head_size_ = body_size_ = 0;
  if (ssl_)
    return send_inside();
  // A request fits into the socket's buffer: almost always one system call, without waiting.
  boost::system::error_code error;
  auto sent = socket_.write_some(asio::buffer(request_), error);
  if (error && error != asio::error::would_block)
    return failed_(*this, error.message());
  if (sent == request_.size())
    return read();
  asio::async_write(
      socket_, asio::buffer(request_.data() + sent, request_.size() - sent),
      [this](boost::system::error_code e, std::size_t) { e ? failed_(*this, e.message()) : read(); });
}

void connection::send_inside() {
  if (SSL_write(ssl_.get(), request_.data(), static_cast<int>(request_.size())) > 0)
    read();
  else
    failed_(*this, "TLS cannot send");
}

void connection::make_room() {
  if (filled_ == input_.size())
    input_.resize(input_.size() * 2);
}

void connection::read() {
  make_room();
  if (ssl_) {
    socket_.async_wait(asio::socket_base::wait_read, [this](boost::system::error_code error) {
      error ? failed_(*this, error.message()) : read_inside();
    });
    return;
  }
  socket_.async_read_some(asio::buffer(input_.data() + filled_, input_.size() - filled_),
                          [this](boost::system::error_code error, std::size_t size) {
                            error ? failed_(*this, error.message()) : on_read(size);
                          });
}

/// Nothing would wake us for data that OpenSSL has read already.
void connection::read_inside() {
  make_room();
  auto size = SSL_read(ssl_.get(), input_.data() + filled_, static_cast<int>(input_.size() - filled_));
  if (size > 0)
    on_read(static_cast<std::size_t>(size));
  else if (SSL_get_error(ssl_.get(), size) == SSL_ERROR_WANT_READ)
    read();
  else
    failed_(*this, "TLS has ended");
}

void connection::on_read(std::size_t size) {
  filled_ += size;
  if ((head_size_ != 0 || parse_head()) && filled_ >= head_size_ + body_size_)
    finish();
  else if (ssl_)
    read_inside();
  else
    read();
}

bool connection::parse_head() {
  std::string_view text{input_.data(), filled_};
  auto end = text.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return false;
  head_size_ = end + 4;
  std::from_chars(text.data() + 9, text.data() + 12, status_);
  constexpr std::string_view name = "content-length:";
  for (auto line = text.find("\r\n"); line < end; line = text.find("\r\n", line + 2)) {
    auto header = text.substr(line + 2, end - line - 2);
    if (header.size() > name.size() && ::strncasecmp(header.data(), name.data(), name.size()) == 0) {
      auto value = header.find_first_not_of(' ', name.size());
      std::from_chars(header.data() + value, header.data() + header.size(), body_size_);
    }
  }
  return true;
}

void connection::finish() {
  answered_(*this, {status_, {input_.data() + head_size_, body_size_}});
}

}  // namespace musterd::bench
