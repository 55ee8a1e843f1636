#include "common/process/socket_switch.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace musterd {

socket_switch::socket_switch(int socket) : own_{::fcntl(socket, F_DUPFD_CLOEXEC, 0)} {
  if (own_ < 0)
    throw std::system_error{errno, std::generic_category(), "duplicating a socket"};
}

socket_switch::socket_switch(socket_switch&& other) noexcept : own_{std::exchange(other.own_, -1)} {}

socket_switch& socket_switch::operator=(socket_switch&& other) noexcept {
  std::swap(own_, other.own_);
  return *this;
}

socket_switch::~socket_switch() {
  if (own_ >= 0)
    ::close(own_);
}

void socket_switch::off() const noexcept {
  if (own_ >= 0)
    ::shutdown(own_, SHUT_RDWR);
}

}  // namespace musterd
