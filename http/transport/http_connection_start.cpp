#include "common/fault.hpp"
#include "http/transport/http_connection.hpp"

namespace musterd {
namespace {

constexpr int kernel_output = 256 * 1024;

}  // namespace

void http_connection::start() {
  if (loop_->state().stopping) {
    close();
    return;
  }
  boost::system::error_code ignored;
  auto& socket = stream_.socket();
  socket.non_blocking(true, ignored);
  socket.set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  // By default the kernel would buffer megabytes for every client that does not read.
  socket.set_option(boost::asio::socket_base::send_buffer_size{kernel_output}, ignored);
  if (const auto* certificate = loop_->state().settings.tls) {
    shake_hands(*certificate);
    return;
  }
  await_request();
  read_more();
}

void http_connection::shake_hands(const tls_certificate& certificate) {
  phase_ = phase::shaking_hands;
  deadline_in(loop_->state().settings.request_timeout);
  stream_.begin_tls(
      certificate.context(), network_, *loop_,
      [self = shared_from_this()](const boost::system::error_code& error) { self->on_handshake(error); });
}

void http_connection::on_handshake(const boost::system::error_code& error) {
  if (phase_ != phase::shaking_hands)
    return;
  if (error) {
    close();
    return;
  }
  loop_->state().observer.on_handshake(true);
  await_request();
  read_more();
}

void http_connection::refuse() {
  refused_ = true;
  // A handshake just to refuse would give a flood what it is after.
  if (loop_->state().settings.tls != nullptr) {
    loop_->state().observer.on_connection_refused();
    close();
    return;
  }
  boost::system::error_code ignored;
  stream_.socket().non_blocking(true, ignored);
  reject(503, busy("Too many connections."));
}

}  // namespace musterd
