#include "bench/load/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <strings.h>

namespace musterd::bench {

namespace asio = boost::asio;

connection::connection(asio::io_context& io, const asio::ip::tcp::endpoint& to, on_answer answered,
                       on_failure failed)
    : socket_{io}, answered_{std::move(answered)}, failed_{std::move(failed)}, input_(16 << 10, '\0') {
  socket_.connect(to);
  socket_.set_option(asio::ip::tcp::no_delay{true});
  socket_.non_blocking(true);
}

void connection::send() {
  filled_ = head_size_ = body_size_ = 0;
  // A request fits into the socket's buffer: almost always one system call, and no wait.
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

void connection::read() {
  if (filled_ == input_.size())
    input_.resize(input_.size() * 2);
  socket_.async_read_some(asio::buffer(input_.data() + filled_, input_.size() - filled_),
                          [this](boost::system::error_code error, std::size_t size) {
                            if (error)
                              return failed_(*this, error.message());
                            filled_ += size;
                            if ((head_size_ != 0 || parse_head()) && filled_ >= head_size_ + body_size_)
                              return finish();
                            read();
                          });
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
