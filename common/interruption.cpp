#include "common/interruption.hpp"

namespace musterd {

interruption::interruption(int socket, const std::stop_token& cut) {
  if (!cut.stop_possible())
    return;
  socket_ = socket_switch{socket};
  on_cut_.emplace(cut, turn_off{&socket_});
}

}  // namespace musterd
