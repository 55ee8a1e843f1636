#pragma once

#include "http/transport/io_loop.hpp"
#include "http/transport/tls/tls_channel.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A connection's bytes, plain or in TLS. Never blocks. Belongs to the loop's thread, except the TLS channel
/// during a handshake step. Every `done` keeps the owner alive.
class connection_stream {
 public:
  using error_code = boost::system::error_code;

  explicit connection_stream(io_loop::socket socket) : socket_{std::move(socket)} {}

  io_loop::socket& socket() { return socket_; }

  /// Before anything is read or written. `done(error)` runs on the loop's thread, perhaps never after
  /// `close`. Steps of one `network` queue behind each other.
  template <class Done>
  void begin_tls(std::shared_ptr<SSL_CTX> context, const std::string& network, io_loop& loop, Done done) {
    tls_.emplace(std::move(context), socket_.native_handle());
    network_ = network;
    shake_hands(loop, std::move(done));
  }

  /// Calls `done(error, count)`, never from within this call.
  template <class Done>
  void async_read_some(char* into, std::size_t size, Done done) {
    if (!tls_) {
      socket_.async_read_some(boost::asio::buffer(into, size), std::move(done));
      return;
    }
    // Most clients wait for their answer first, so the socket is usually empty now.
    if (!tls_->has_pending()) {
      read_when_ready(tls_channel::wants::to_read, into, size, std::move(done));
      return;
    }
    auto read = tls_->read(into, size);
    if (read.next != tls_channel::wants::nothing)
      read_when_ready(read.next, into, size, std::move(done));
    else
      boost::asio::post(socket_.get_executor(),
                        [done = std::move(done), read]() mutable { done(read.error, read.count); });
  }

  /// After would_block, call again with the same text or more of it.
  std::size_t write_some(std::string_view text, error_code& error);
  /// Sends a short text of static storage ahead of all others, if there is room for it.
  void interject(std::string_view text);

  /// Waits for what the last write needs.
  template <class Done>
  void async_wait_to_write(Done done) {
    socket_.async_wait(wait_for(writing_wants_), std::move(done));
  }

  /// Ends our side; the client's bytes can still be read.
  void finish_sending();
  void close();
  /// After the handshake only: see `tls_channel`.
  bool is_flooded() const { return tls_ && tls_->is_flooded(); }

 private:
  static io_loop::socket::wait_type wait_for(tls_channel::wants next) {
    return next == tls_channel::wants::to_read ? io_loop::socket::wait_read : io_loop::socket::wait_write;
  }

  std::size_t write_record(std::string_view text, error_code& error);

  template <class Done>
  void read_when_ready(tls_channel::wants next, char* into, std::size_t size, Done done) {
    socket_.async_wait(wait_for(next), [this, into, size, done = std::move(done)](error_code error) mutable {
      // Once closed, the descriptor's number may belong to another connection.
      if (error || !socket_.is_open()) {
        done(boost::asio::error::operation_aborted, 0);
        return;
      }
      auto read = tls_->read(into, size);
      if (read.next != tls_channel::wants::nothing)
        read_when_ready(read.next, into, size, std::move(done));
      else
        done(read.error, read.count);
    });
  }

  /// One step, on the handshake thread: signing takes milliseconds with some keys.
  template <class Done>
  void shake_hands(io_loop& loop, Done done) {
    auto step = [this, &loop, done] {
      auto shaken = tls_->shake_hands();
      loop.run_soon([this, &loop, done, shaken]() mutable { after_step(loop, shaken, std::move(done)); });
    };
    shaking_at_ = loop.state().handshakes.get();
    shaking_at_->submit(network_, this, std::move(step));
  }

  template <class Done>
  void after_step(io_loop& loop, tls_channel::step shaken, Done done) {
    shaking_at_ = nullptr;
    if (closing_)
      close();
    else if (shaken.next == tls_channel::wants::nothing)
      done(shaken.error);
    else
      socket_.async_wait(wait_for(shaken.next),
                         [this, &loop, done = std::move(done)](error_code error) mutable {
                           if (error || !socket_.is_open())
                             done(boost::asio::error::operation_aborted);
                           else
                             shake_hands(loop, std::move(done));
                         });
  }

  io_loop::socket socket_;
  std::optional<tls_channel> tls_;  // after the socket, so that it is destroyed first
  /// Interjected but not sent yet.
  std::string_view owed_;
  tls_channel::wants writing_wants_ = tls_channel::wants::nothing;
  std::string network_;
  /// Set while the worker holds or runs a step of ours.
  handshake_worker* shaking_at_ = nullptr;
  bool closing_ = false;
};

}  // namespace musterd
