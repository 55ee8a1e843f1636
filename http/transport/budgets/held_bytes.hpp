#pragma once

#include <cstddef>
#include <unordered_map>

namespace musterd {

/// Counts the bytes held by each holder; remembers only those who hold some.
template <class Holder>
class held_bytes {
 public:
  std::size_t of(const Holder& who) const {
    auto found = held_.find(who);
    return found == held_.end() ? 0 : found->second;
  }
  void change(const Holder& who, std::size_t was, std::size_t now) {
    auto& held = held_[who];
    held += now - was;  // modulo 2^64, so this may shrink it
    if (held == 0)
      held_.erase(who);
  }

 private:
  std::unordered_map<Holder, std::size_t> held_;
};

}  // namespace musterd
