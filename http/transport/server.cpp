#include "http/transport/server.hpp"

#include "http/auth/limits/login_throttle.hpp"
#include "http/transport/io_loop.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <system_error>

namespace musterd {

/// Accepts on the first loop's thread and deals connections out in turn.
struct http_server::parts {
  using acceptor_type = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_loop::executor>;
  static constexpr std::size_t max_refused_open = 64;
  static constexpr std::size_t max_waiting_for_worker = 64;
  /// Requests take precedence over new handshakes.
  static constexpr int handshake_niceness = 5;

  std::shared_ptr<server_state> state;
  std::vector<std::shared_ptr<io_loop>> loops;
  std::optional<acceptor_type> acceptor;
  std::optional<boost::asio::basic_waitable_timer<io_loop::clock, boost::asio::wait_traits<io_loop::clock>,
                                                  io_loop::executor>>
      pause;
  std::size_t next = 0;
  std::uint16_t port = 0;

  void listen();
  void accept();
  void take(io_loop& loop, io_loop::socket socket);
};

void http_server::parts::listen() {
  const auto& settings = state->settings;
  auto check = [&](const boost::system::error_code& error) {
    if (error)
      throw std::system_error{error,
                              "cannot listen on " + settings.address + ":" + std::to_string(settings.port)};
  };
  boost::system::error_code error;
  auto address = boost::asio::ip::make_address(settings.address, error);
  check(error);
  boost::asio::ip::tcp::endpoint endpoint{address, settings.port};
  acceptor.emplace(loops.front()->context().get_executor());
  acceptor->open(endpoint.protocol(), error);
  check(error);
  acceptor->set_option(boost::asio::socket_base::reuse_address{true}, error);
  check(error);
  acceptor->bind(endpoint, error);
  check(error);
  acceptor->listen(boost::asio::socket_base::max_listen_connections, error);
  check(error);
  port = acceptor->local_endpoint().port();
  pause.emplace(loops.front()->context().get_executor());
}

void http_server::parts::accept() {
  auto& loop = *loops[next++ % loops.size()];
  acceptor->async_accept(loop.context().get_executor(),
                         [this, &loop](boost::system::error_code error, io_loop::socket socket) {
                           if (!acceptor->is_open())
                             return;
                           if (!error)
                             take(loop, std::move(socket));
                           if (!error || error == boost::asio::error::connection_aborted) {
                             accept();
                             return;
                           }
                           // Probably out of file descriptors: retrying at once would only burn a core.
                           pause->expires_after(std::chrono::milliseconds{100});
                           pause->async_wait([this](boost::system::error_code stopped) {
                             if (!stopped && acceptor->is_open())
                               accept();
                           });
                         });
}

void http_server::parts::take(io_loop& loop, io_loop::socket socket) {
  boost::system::error_code gone;
  auto peer = socket.remote_endpoint(gone);
  if (gone)
    return;
  auto address = plain_address(peer.address().to_string());
  if (auto network = state->admit(address)) {
    loop.adopt({std::move(socket), std::move(address), std::move(*network)}, true);
  } else if (state->refused_open.load() < max_refused_open) {
    ++state->refused_open;
    loop.adopt({std::move(socket), std::move(address), {}}, false);
  } else {
    state->observer.on_connection_refused();
  }
}

http_server::http_server(http_settings settings, const route_table& routes, access_control& access,
                         http_observer& observer)
    : parts_{std::make_unique<parts>()} {
  parts_->state = std::make_shared<server_state>(std::move(settings), routes, access, observer);
}

http_server::~http_server() {
  stop(std::chrono::milliseconds{0});
}

void http_server::start() {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, parts_->state->settings.threads); ++i)
    parts_->loops.push_back(std::make_shared<io_loop>(parts_->state));
  parts_->listen();
  parts_->state->worker = std::make_shared<shared_worker>(parts::max_waiting_for_worker);
  if (parts_->state->settings.tls != nullptr)
    parts_->state->handshakes = std::make_unique<handshake_worker>(parts::handshake_niceness);
  for (auto& loop : parts_->loops)
    loop->start();
  boost::asio::post(parts_->loops.front()->context(), [p = parts_.get()] { p->accept(); });
}

std::uint16_t http_server::port() const {
  return parts_->port;
}

http_server::figures http_server::now() const {
  const auto& state = *parts_->state;
  return {state.connections.load(), state.in_flight.load(), state.output.total()};
}

std::size_t http_server::stop(std::chrono::milliseconds grace) {
  auto& state = *parts_->state;
  if (parts_->loops.empty() || state.stopping.exchange(true))
    return 0;
  boost::asio::post(parts_->loops.front()->context(), [p = parts_.get()] {
    boost::system::error_code ignored;
    p->acceptor->close(ignored);
    p->pause->cancel();
  });
  for (auto& loop : parts_->loops)
    loop->drain();
  {
    std::unique_lock lock{state.idle_mutex};
    state.idle.wait_for(lock, grace, [&] { return state.connections.load() == 0; });
  }
  std::size_t cut_short = 0;
  for (auto& loop : parts_->loops)
    cut_short += loop->finish();
  state.worker.exchange(nullptr).reset();
  state.handshakes.reset();
  state.stopped = true;
  while (state.delivering.load() != 0)
    std::this_thread::yield();
  parts_->acceptor.reset();
  parts_->pause.reset();
  parts_->loops.clear();
  return cut_short;
}

}  // namespace musterd
