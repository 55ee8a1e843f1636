#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace musterd {

/// Up to `most` values by digest; drops the least recently touched. Keys chosen by others cost only their
/// digest.
template <class Value>
class recent_map {
 public:
  explicit recent_map(std::size_t most) : most_{most} {}

  Value* find(std::uint64_t key) {
    auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->second;
  }
  /// Creates the value if needed, and makes it the most recent.
  Value& touch(std::uint64_t key) {
    if (auto found = by_key_.find(key); found != by_key_.end()) {
      order_.splice(order_.end(), order_, found->second);
      return found->second->second;
    }
    if (order_.size() >= most_ && !order_.empty()) {
      by_key_.erase(order_.front().first);
      order_.pop_front();
    }
    order_.emplace_back(key, Value{});
    by_key_.emplace(key, std::prev(order_.end()));
    return order_.back().second;
  }
  void erase(std::uint64_t key) {
    if (auto found = by_key_.find(key); found != by_key_.end()) {
      order_.erase(found->second);
      by_key_.erase(found);
    }
  }
  std::size_t size() const { return order_.size(); }

 private:
  using entries = std::list<std::pair<std::uint64_t, Value>>;

  std::size_t most_;
  entries order_;
  std::unordered_map<std::uint64_t, typename entries::iterator> by_key_;
};

}  // namespace musterd
