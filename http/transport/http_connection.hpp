#pragma once

#include "http/message/responder.hpp"
#include "http/transport/connection_stream.hpp"
#include "http/transport/io_loop.hpp"
#include "http/transport/request_parser.hpp"
#include "http/transport/response_writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace musterd {

/// One connection. Belongs to its loop's thread, except the answer: who claims the open ticket owns
/// `current_` and `out_` until they are handed back to the loop.
class http_connection final : public response_sink, public std::enable_shared_from_this<http_connection> {
 public:
  http_connection(std::shared_ptr<io_loop> loop, accepted_connection connection);
  ~http_connection() override;

  void start();
  /// Answers 503, unless over TLS, and closes: there are too many connections.
  void refuse();
  void check_deadline(io_loop::clock::time_point now);
  /// The server is stopping: closes now if nothing is under way.
  void drain();
  /// Closes now; true if a request was cut short.
  bool abort();
  /// Sends the answer, complete in `out_`.
  void send_answer();

  void deliver(std::uint64_t ticket, http_response&& response) override;
  void deliver_fault(std::uint64_t ticket, const fault& f) override;
  bool wanted(std::uint64_t ticket) const override {
    return open_ticket_.load(std::memory_order_acquire) == ticket;
  }
  void conclude(const change_attempt& attempt, const attempt_end& end) override;
  void report_failure(std::string_view correlation_id, std::string_view path, std::string_view what) override;
  std::shared_ptr<shared_worker> worker() override { return loop_->state().worker.load(); }

  void recognize(const caller& who) override;

  /// What the connection counts against in `connections_by_network`.
  const std::string& network() const { return network_; }
  bool is_known() const { return known_; }
  /// Whether it may make room for another of its network: it waits for its client, who, if known, has begun
  /// no request.
  bool is_dispensable() const {
    return phase_ == phase::shaking_hands ||
           (phase_ == phase::reading && !held_back_ && (parser_ ? !known_ : begin_ == end_));
  }
  io_loop::clock::time_point waiting_since() const { return waiting_since_; }

  /// Position in the loop's list.
  std::size_t slot = 0;

 private:
  enum class phase { shaking_hands, reading, handling, writing, lingering, closed };

  // http_connection_input.cpp
  void read_more();
  bool make_room();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void work();
  bool hold_back();
  bool parse_some();
  void begin_request();
  std::uint64_t largest_body(const http_request& request) const;
  bool hold_body();
  void release_body();
  const std::string& budget_network() const;
  void encourage();
  void reject(const boost::system::error_code& error);
  void reject(int status, const fault& f);

  // http_connection_start.cpp
  void shake_hands(const tls_certificate& certificate);
  void on_handshake(const boost::system::error_code& error);

  // http_connection.cpp
  void dispatch();
  void note_way();
  response_frame frame_of(std::string_view correlation_id, bool head_request) const;
  bool claim(std::uint64_t ticket);
  void finish_claimed(const http_response& response);
  bool hold_output(const http_response& response);
  void send_claimed(const http_response& response);

  // http_connection_output.cpp
  void begin_sending();
  void flush();
  bool refill();
  void allow_time();
  void drop_sent();
  void wait_to_write();
  bool is_stuck(io_loop::clock::time_point now) const;
  void account_output();
  void await_request();
  void linger();
  void close();
  void deadline_in(std::chrono::milliseconds time);

  std::shared_ptr<io_loop> loop_;  // before the socket: its context must be destroyed last
  connection_stream stream_;
  phase phase_ = phase::reading;
  io_loop::clock::time_point deadline_;
  bool refused_ = false;
  bool overdue_ = false;
  std::string client_address_, network_;
  bool is_proxy_;
  /// A valid token has been shown, or the peer is a proxy, which stands for many.
  std::atomic<bool> known_;
  /// A hash of the last caller; 0 for none. Atomic: set before the answer is claimed.
  std::atomic<std::uint64_t> asked_by_{0};
  io_loop::clock::time_point waiting_since_;

  std::vector<char> in_;
  std::size_t begin_ = 0, end_ = 0;
  bool read_pending_ = false;
  std::optional<request_parser> parser_;
  http_request request_;
  std::size_t header_bytes_ = 0;
  bool encouraged_ = false;
  bool held_back_ = false;
  /// The part of `request_.body` counted by the server's budget.
  std::size_t body_held_ = 0;

  struct under_way {
    std::size_t route = http_observer::no_route;
    verb method = verb::other;
    std::string path;
    std::string correlation_id;
    std::string traceparent;
    std::string client_address;
    timestamp received_at{};
    io_loop::clock::time_point since;
    bool keep_alive = true;
    bool http10 = false;
    bool by_https = false;
    /// One of `settings.origins`, or empty.
    std::string_view allowed_origin;
    /// Whether it counts against `max_in_flight`.
    bool counted = false;
  } current_;
  /// The request that may still be answered; 0 for none.
  std::atomic<std::uint64_t> open_ticket_{0};
  std::uint64_t last_ticket_ = 0;
  bool answered_inline_ = false;

  std::string out_;
  std::size_t sent_ = 0;
  /// The part of `out_` counted by the server's budget, and for whom.
  std::size_t accounted_ = 0;
  output_budget::holder accounted_for_;
  /// When it must have been taken if output is scarce.
  io_loop::clock::time_point due_when_scarce_;
  /// Taken by the client since the deadline was last extended.
  std::size_t taken_ = 0;
  io_loop::clock::time_point last_taken_;
  /// What follows `out_`, and from which offset.
  std::shared_ptr<const long_body> rest_;
  std::uint64_t rest_at_ = 0;
};

}  // namespace musterd
