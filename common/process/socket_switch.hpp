#pragma once

namespace musterd {

/// Ends, from another thread, whatever waits on a connection's socket. Holds a descriptor of its own: the
/// library may close its own at any time, and the number cannot be reused under us.
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
