#include "messaging/outbox/wake_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace musterd {

wake_signal::wake_signal() : descriptor_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)} {
  if (descriptor_ < 0)
    throw std::system_error{errno, std::generic_category(), "eventfd"};
}

wake_signal::~wake_signal() {
  ::close(descriptor_);
}

void wake_signal::raise() {
  std::uint64_t one = 1;
  // Fails only if the counter is full, and then the sleeper is awake anyway.
  [[maybe_unused]] auto written = ::write(descriptor_, &one, sizeof one);
}

bool wake_signal::take() {
  std::uint64_t count = 0;
  return ::read(descriptor_, &count, sizeof count) == sizeof count;
}

void wake_signal::sleep(int other, std::chrono::milliseconds timeout) const {
  pollfd fds[2] = {{descriptor_, POLLIN, 0}, {other, POLLIN, 0}};
  auto limit = std::clamp<std::int64_t>(timeout.count(), 0, 60'000);
  ::poll(fds, other < 0 ? 1 : 2, static_cast<int>(limit));
}

}  // namespace musterd
