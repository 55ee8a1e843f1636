#pragma once

#include "common/socket_switch.hpp"

#include <optional>
#include <stop_token>

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

/// Frees a thread that waits for a socket: when `cut` is requested while this lives (or was before), the
/// connection is shut down, and the wait ends with an error. The socket stays its owner's, who may close it
/// before this ends.
class interruption {
 public:
  interruption(int socket, const std::stop_token& cut);

 private:
  struct turn_off {
    const socket_switch* socket;
    void operator()() const noexcept { socket->off(); }
  };
  socket_switch socket_;
  /// After the switch, so that its end, which waits for a cut under way, comes first.
  std::optional<std::stop_callback<turn_off>> on_cut_;
};

}  // namespace musterd
