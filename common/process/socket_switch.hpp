#pragma once

namespace musterd {

/// Ends, from another thread, all waits on a connection's socket. Holds its own descriptor, so that its
/// number is not reused when the library closes the original.
class socket_switch {
 public:
  socket_switch() = default;
  explicit socket_switch(int socket);
  socket_switch(socket_switch&& other) noexcept;
  socket_switch& operator=(socket_switch&& other) noexcept;
  ~socket_switch();

  void off() const noexcept;

 private:
  int own_ = -1;
};

}  // namespace musterd
