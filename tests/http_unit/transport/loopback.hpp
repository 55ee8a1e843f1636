#pragma once

#include "http/routes/operations/standard_routes.hpp"
#include "http/routing/call.hpp"
#include "http/transport/server.hpp"
#include "tests/support/network/certificates.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <string_view>

namespace musterd::testing {

/// Whether `quick_settings` and `raw_client` use TLS: what holds for a connection must hold inside it, too.
inline bool over_tls = false;
/// Sets `over_tls` for as long as it lives.
struct speaking {
  explicit speaking(bool tls) : before{std::exchange(over_tls, tls)} {}
  ~speaking() { over_tls = before; }
  bool before;
};
/// The server's certificate over TLS.
const tls_certificate& loopback_certificate();

/// An answer as received.
struct wire_answer {
  int status = 0;
  std::string head;
  std::string body;
  std::optional<std::string> header(std::string_view name) const;
};

/// A client that sends exactly what it is told. Every wait has a deadline, which fails the test.
class raw_client {
 public:
  /// `from`: a local address to connect from.
  explicit raw_client(std::uint16_t port, const char* from = "127.0.0.1");
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  raw_client& send(std::string_view text);
  /// The next answer; set `bodiless` for answers to HEAD.
  wire_answer read(bool bodiless = false);
  wire_answer ask(std::string_view text) { return send(text).read(); }
  /// Whether the server closes the connection within the deadline.
  bool ends();
  /// Whether there is nothing to read right now.
  bool silent();
  /// Reads and discards what has arrived, up to 256 KiB; returns the number of bytes.
  std::size_t take_some();
  void finish_sending();
  /// The server's certificate, in DER.
  std::string certificate() const;

 private:
  bool fill();
  std::ptrdiff_t receive(std::span<char> into);
  void shake_hands();
  bool has_input(std::chrono::milliseconds wait) const;

  int fd_ = -1;
  /// Set over TLS; null after a failed handshake, too.
  openssl_owned<SSL> ssl_;
  bool failed_ = false;
  std::string input_;
};

/// Calls that handlers left to be answered later.
class parked_calls {
 public:
  void park(http_call&& call);
  /// Waits for the next one.
  http_call take();
  std::size_t waiting();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<http_call> calls_;
};

class recording_observer final : public http_observer {
 public:
  void on_request(const finished_request& r) override;
  void on_failure(std::string_view, std::string_view, std::string_view what) override;
  void on_connection_refused() override;
  void on_handshake(bool succeeded) override;
  void on_handshake_flood() override;
  std::vector<int> statuses();
  std::vector<std::string> failures();
  std::atomic<int> refused{0};
  std::atomic<int> handshakes_done{0}, handshakes_failed{0}, handshake_floods{0};
  /// Throws at the next answer with this status.
  std::atomic<int> throws_at{0};

 private:
  std::mutex mutex_;
  std::vector<int> statuses_;
  std::vector<std::string> failures_;
};

/// "Bearer good" is a user, "Bearer goodA" another, whose id ends in A; "Bearer throws" throws, "Bearer
/// dropped" gets no decision, all else is unauthenticated.
class test_access final : public access_control {
 public:
  void check(const http_request& request, const route& asked, access_decision done) override;
};

http_settings quick_settings();

/// The body of GET /long.
inline constexpr std::size_t long_text_size = 8 * 1024 * 1024;
/// The body of GET /small: the most that, with its head, is still a small answer.
inline constexpr std::size_t small_text_size = 15 * 1024;

/// Blocks the thread of POST /hold.
class held_thread {
 public:
  /// Waits until a handler holds its thread.
  void await();
  void let_go();
  void hold();

 private:
  std::counting_semaphore<> holding_{0}, let_go_{0};
};

/// A server on a free port with a few routes.
struct loopback {
  explicit loopback(http_settings settings = quick_settings());
  ~loopback();

  route_table on;
  parked_calls parked;
  held_thread thread;
  recording_observer observer;
  test_access access;
  std::optional<http_server> server;

  std::uint16_t port() const { return server->port(); }
};

/// Whether `condition` becomes true within the deadline.
bool in_time(const std::function<bool()>& condition);

inline std::string get(std::string_view path) {
  return std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
}
/// From the user whose id ends in `user`.
inline std::string get_as(char user, std::string_view path) {
  return std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good") +
         user + "\r\n\r\n";
}

/// A signed-in POST of JSON.
std::string post(std::string_view path, std::string_view body, std::string_view more_headers = {});

}  // namespace musterd::testing
