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

/// Whether `quick_settings` and `raw_client` speak TLS: what holds of a connection holds inside it.
inline bool over_tls = false;
/// For as long as it lives.
struct speaking {
  explicit speaking(bool tls) : before{std::exchange(over_tls, tls)} {}
  ~speaking() { over_tls = before; }
  bool before;
};
/// What a server shows then.
const tls_certificate& loopback_certificate();

/// One answer as it came over the wire.
struct wire_answer {
  int status = 0;
  std::string head;
  std::string body;
  /// The value of a header, or nothing.
  std::optional<std::string> header(std::string_view name) const;
};

/// A client that says exactly what it is told to. Every wait has a deadline and fails the test beyond it.
class raw_client {
 public:
  /// `from`: an address of this machine.
  explicit raw_client(std::uint16_t port, const char* from = "127.0.0.1");
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  raw_client& send(std::string_view text);
  /// The next answer; `bodiless` for answers to HEAD.
  wire_answer read(bool bodiless = false);
  wire_answer ask(std::string_view text) { return send(text).read(); }
  /// Whether the server ends the connection within the deadline.
  bool ends();
  /// Whether nothing is there to read right now.
  bool silent();
  /// Takes from the wire what is there, up to 256 KiB, and forgets it: how many bytes.
  std::size_t take_some();
  void finish_sending();
  /// What the server showed, in DER.
  std::string certificate() const;

 private:
  bool fill();
  std::ptrdiff_t receive(std::span<char> into);
  void shake_hands();
  bool has_input(std::chrono::milliseconds wait) const;

  int fd_ = -1;
  /// Where the tests speak TLS; null also after a handshake that failed.
  openssl_owned<SSL> ssl_;
  bool failed_ = false;
  std::string input_;
};

/// What handlers left to be answered later, and what the observer heard.
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
  /// Throws when it next hears of this status.
  std::atomic<int> throws_at{0};

 private:
  std::mutex mutex_;
  std::vector<int> statuses_;
  std::vector<std::string> failures_;
};

/// "Bearer good" is somebody, "Bearer goodA" somebody else, whose id ends in A; "Bearer throws" throws,
/// "Bearer dropped" is forgotten, anything else is nobody.
class test_access final : public access_control {
 public:
  void check(const http_request& request, const route& asked, access_decision done) override;
};

http_settings quick_settings();

/// What GET /long answers with.
inline constexpr std::size_t long_text_size = 8 * 1024 * 1024;
/// And GET /small: the most that is a small answer, but for its head.
inline constexpr std::size_t small_text_size = 15 * 1024;

/// What POST /hold keeps its thread for.
class held_thread {
 public:
  /// Waits for a handler to hold its thread.
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

/// Whether it becomes true within the deadline.
bool in_time(const std::function<bool()>& condition);

inline std::string get(std::string_view path) {
  return std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
}
/// By somebody whose id ends in `user`.
inline std::string get_as(char user, std::string_view path) {
  return std::string{"GET "}.append(path).append(" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good") +
         user + "\r\n\r\n";
}

/// A signed-in POST of JSON.
std::string post(std::string_view path, std::string_view body, std::string_view more_headers = {});

}  // namespace musterd::testing
