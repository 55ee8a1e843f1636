#pragma once

#include <memory>
#include <mutex>

namespace musterd {

/// A value that readers copy and its owner replaces: the current journal after a restart, the current shop
/// directory. Readers keep what they took for as long as they use it.
template <class T>
class slot {
 public:
  T get() const {
    std::lock_guard lock{mutex_};
    return value_;
  }
  void set(T value) {
    std::lock_guard lock{mutex_};
    std::swap(value_, value);  // the old value is released outside the lock
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace musterd
