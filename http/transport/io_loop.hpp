#pragma once

#include "http/routing/observer.hpp"
#include "http/routing/route_table.hpp"
#include "http/routing/shared_worker.hpp"
#include "http/transport/budgets/body_budget.hpp"
#include "http/transport/budgets/connections_by_network.hpp"
#include "http/transport/budgets/output_budget.hpp"
#include "http/transport/server.hpp"
#include "http/transport/tls/handshake_worker.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace musterd {

class http_connection;

/// Shared by all connections of a server. Outlives the server while an answer is still on its way.
struct server_state {
  http_settings settings;
  const route_table& routes;
  access_control& access;
  http_observer& observer;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> refused_open{0};
  std::atomic<std::size_t> in_flight{0};
  connections_by_network networks{settings.max_connections_per_address, settings.trusted_proxies};
  body_budget bodies{settings.max_buffered_body_bytes, settings.max_body_bytes};
  output_budget output{settings.max_buffered_bytes};
  /// For work that is too long for a connection's thread. Null before start and after stop.
  std::atomic<std::shared_ptr<shared_worker>> worker{};
  /// The same for TLS handshake steps. Outlives the connections' threads; null for plain HTTP.
  std::unique_ptr<handshake_worker> handshakes;
  /// Threads inside `deliver`: a stopping server waits for them before its observer may be destroyed.
  std::atomic<std::size_t> delivering{0};
  std::atomic<bool> stopping{false};
  /// The observer may be gone.
  std::atomic<bool> stopped{false};
  std::mutex idle_mutex;
  std::condition_variable idle;

  /// Counts another connection and returns the network it counts against; nullopt if there is no room.
  std::optional<std::string> admit(std::string_view address);
  void connection_closed();
};

struct accepted_connection;

/// One thread with its own connections; only the hand-over of answers is locked.
class io_loop : public std::enable_shared_from_this<io_loop> {
 public:
  using clock = std::chrono::steady_clock;
  using executor = boost::asio::io_context::executor_type;
  using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

  explicit io_loop(std::shared_ptr<server_state> state);

  void start();
  /// Any thread. Closes idle connections; the others close after their answer.
  void drain();
  /// Any thread. Closes everything and ends the thread; returns the number of requests cut short.
  std::size_t finish();

  server_state& state() { return *state_; }
  boost::asio::io_context& context() { return context_; }
  /// As of the last sweep: precise enough for deadlines, and free.
  clock::time_point coarse_now() const { return now_; }

  /// Any thread: takes over an accepted connection. Without room, it replaces another of its network or is
  /// refused.
  void adopt(accepted_connection accepted, bool has_room);
  /// Any thread: `finished` has an answer to send. Answers that arrive together share one wake-up.
  void submit(std::shared_ptr<http_connection> finished);
  /// Any thread: runs `work` on the loop's, unless that has ended.
  void run_soon(std::function<void()> work);
  /// Loop thread only.
  void forget(http_connection& closed, bool was_refused);

 private:
  void run();
  void sweep();
  void send_answers();
  bool make_way(accepted_connection& newcomer);
  template <class Work>
  void guard(http_connection& concerned, Work work);
  void report(const std::exception& e) noexcept;

  std::shared_ptr<server_state> state_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<executor> work_;
  boost::asio::basic_waitable_timer<clock, boost::asio::wait_traits<clock>, executor> sweeper_;
  clock::time_point now_ = clock::now();
  std::vector<std::shared_ptr<http_connection>> connections_;
  std::size_t cut_short_ = 0;
  bool finished_ = false;
  std::thread thread_;

  std::mutex answers_mutex_;
  std::vector<std::shared_ptr<http_connection>> answers_;
  std::vector<std::shared_ptr<http_connection>> sending_;
  bool closed_ = false;
};

struct accepted_connection {
  io_loop::socket socket;
  /// The client's address, and the network it counts against.
  std::string address, network;
};

}  // namespace musterd
