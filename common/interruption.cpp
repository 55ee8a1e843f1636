#include "common/interruption.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace musterd {

interruption::interruption(int socket, const std::stop_token& cut)
    : socket_{cut.stop_possible() ? ::fcntl(socket, F_DUPFD_CLOEXEC, 0) : -1} {
  if (!cut.stop_possible())
    return;
  if (socket_ < 0)
    throw std::system_error{errno, std::generic_category(), "duplicating a socket"};
  on_cut_.emplace(cut, shut_down{socket_});
}

interruption::~interruption() {
  on_cut_.reset();  // waits for a cut that is under way
  if (socket_ >= 0)
    ::close(socket_);
}

void interruption::shut_down::operator()() const noexcept {
  ::shutdown(socket, SHUT_RDWR);
}

}  // namespace musterd
