#include "http/transport/connection_stream.hpp"

namespace musterd {

std::size_t connection_stream::write_some(std::string_view text, error_code& error) {
  if (!tls_)
    return socket_.write_some(boost::asio::buffer(text.data(), text.size()), error);
  // A TLS record that has been begun must be finished before the next.
  if (!owed_.empty()) {
    interject(owed_);
    if (!owed_.empty()) {
      error = boost::asio::error::would_block;
      return 0;
    }
  }
  return write_record(text, error);
}

std::size_t connection_stream::write_record(std::string_view text, error_code& error) {
  auto written = tls_->write(text);
  writing_wants_ = written.next;
  error = written.error;
  return written.count;
}

void connection_stream::interject(std::string_view text) {
  error_code ignored;
  if (!tls_) {
    socket_.write_some(boost::asio::buffer(text.data(), text.size()), ignored);
    return;
  }
  write_record(text, ignored);
  owed_ = writing_wants_ == tls_channel::wants::nothing ? std::string_view{} : text;
}

void connection_stream::finish_sending() {
  if (tls_)
    tls_->say_end();
  error_code ignored;
  socket_.shutdown(io_loop::socket::shutdown_send, ignored);
}

/// A handshake step still uses the descriptor on its thread, so that the socket is only shut down for now.
void connection_stream::close() {
  error_code ignored;
  if (shaking_at_ != nullptr && !shaking_at_->take_back(network_, this)) {
    closing_ = true;
    socket_.shutdown(io_loop::socket::shutdown_both, ignored);
    return;
  }
  if (tls_)
    tls_->say_end();
  socket_.close(ignored);
}

}  // namespace musterd
