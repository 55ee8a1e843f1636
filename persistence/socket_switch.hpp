#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

namespace musterd {

/// Ends, from another thread, whatever waits on a connection's socket. It keeps a descriptor of its own, so
/// that the library may close its own at any time and the number is never somebody else's.
class socket_switch {
 public:
  socket_switch() = default;
  explicit socket_switch(int socket) : own_{::dup(socket)} {}
  socket_switch(socket_switch&& other) noexcept : own_{std::exchange(other.own_, -1)} {}
  socket_switch& operator=(socket_switch&& other) noexcept {
    std::swap(own_, other.own_);
    return *this;
  }
  ~socket_switch() {
    if (own_ >= 0)
      ::close(own_);
  }

  void off() const {
    if (own_ >= 0)
      ::shutdown(own_, SHUT_RDWR);
  }

 private:
  int own_ = -1;
};

}  // namespace musterd
