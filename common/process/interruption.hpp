#pragma once

#include "common/process/socket_switch.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace musterd {

/// How a thread is ended: `stop` asks it to finish its current work; `cut`, later, makes its remaining waits
/// fail.
struct ending {
  std::stop_token stop;
  std::stop_token cut = {};

  /// Never cut.
  ending(std::stop_token asked) : stop{std::move(asked)} {}
  ending(std::stop_token asked, std::stop_token forced) : stop{std::move(asked)}, cut{std::move(forced)} {}
};

/// Sleeps until `when`, or until stopped.
void sleep_until(const std::stop_token& stop, std::chrono::steady_clock::time_point when);

/// Unblocks a thread that waits on a socket: shuts the connection down when `cut` is requested (or was
/// before) or an answer is overdue, so that the wait fails. The owner keeps the socket and may close it
/// first.
class interruption {
 public:
  /// `whose` names the connection in the log.
  interruption(int socket, std::string whose, const std::stop_token& cut = {});
  ~interruption();

  /// Shuts down a connection that is of no more use, so that both ends notice.
  void cut() const { socket_.off(); }

  /// The server's deadline to answer while this lives, accurate to 0.1 s; then the connection is shut down.
  /// Without one, a server that acknowledges but never answers would block us for ever.
  class limit {
   public:
    limit(interruption& on, std::chrono::milliseconds time);
    ~limit();
    limit(const limit&) = delete;
    limit& operator=(const limit&) = delete;

   private:
    interruption& on_;
    std::chrono::steady_clock::duration outer_;
  };
  [[nodiscard]] limit within(std::chrono::milliseconds time) { return {*this, time}; }

 private:
  friend class answer_watch;
  struct turn_off {
    const socket_switch* socket;
    void operator()() const noexcept { socket->off(); }
  };
  static constexpr auto never = std::chrono::steady_clock::duration::max();

  socket_switch socket_;
  std::string whose_;
  /// Since the clock's epoch.
  std::atomic<std::chrono::steady_clock::duration> answer_by_{never};
  /// Declared after the switch, to be destroyed first: its destructor waits for a cut in progress.
  std::optional<std::stop_callback<turn_off>> on_cut_;
};

}  // namespace musterd
