#pragma once

#include "common/process/socket_switch.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace musterd {

/// How a thread is brought to its end: by `stop` it is asked to finish what is at hand; by `cut`, a while
/// later, whatever it still waits for fails.
struct ending {
  std::stop_token stop;
  std::stop_token cut = {};

  /// Asked, and never cut.
  ending(std::stop_token asked) : stop{std::move(asked)} {}
  ending(std::stop_token asked, std::stop_token forced) : stop{std::move(asked)}, cut{std::move(forced)} {}
};

/// Sleeps until then, or until stopped.
void sleep_until(const std::stop_token& stop, std::chrono::steady_clock::time_point when);

/// Frees a thread that waits for a socket: when `cut` is requested while this lives (or was before), or an
/// answer takes longer than it may, the connection is shut down, and the wait ends with an error. The socket
/// stays its owner's, who may close it before this ends.
class interruption {
 public:
  /// `whose` connection it is, for the log.
  interruption(int socket, std::string whose, const std::stop_token& cut = {});
  ~interruption();

  /// The connection is of no more use: both ends hear of it.
  void cut() const { socket_.off(); }

  /// While the result lives, the server has `time` to answer; then the connection is shut down. Without this,
  /// a server that acknowledges and never answers is waited for for ever. Exact to 0.1 s.
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
  /// After the switch, so that its end, which waits for a cut under way, comes first.
  std::optional<std::stop_callback<turn_off>> on_cut_;
};

}  // namespace musterd
