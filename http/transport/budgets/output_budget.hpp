#pragma once

#include "http/transport/budgets/held_bytes.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace musterd {

/// Limits answers waiting to be sent, by bytes: in total, per network and per user. Small answers have their
/// own room, so that large ones, however slowly read, block nobody. Thread-safe.
class output_budget {
 public:
  /// Answers up to this size do not count against anyone's share.
  static constexpr std::size_t small_answer = 16 * 1024;

  /// The receiver of an answer. The empty network and user 0 have no limit of their own.
  struct holder {
    std::string network;
    std::uint64_t user = 0;
  };

  /// Large answers: a quarter of `most` per network, an eighth per user. Small ones have another quarter.
  explicit output_budget(std::size_t most);

  /// False, counting nothing, if there is no room for a large answer. A holder of none may exceed `most` by a
  /// quarter, and without limit if nobody holds one.
  [[nodiscard]] bool take(const holder& who, std::size_t bytes);
  /// Replaces the amount held, whether or not there is room.
  void change(const holder& who, std::size_t was, std::size_t now);

  std::size_t total() const { return large_.load() + small_.load(); }
  /// Room is short enough that slow readers must go.
  bool is_scarce() const;
  /// There is no room even for small answers.
  bool is_full() const { return small_.load(std::memory_order_relaxed) > most_ / 4; }

 private:
  bool has_room(const holder& who, std::size_t bytes) const;
  void count_large(const holder& who, std::size_t was, std::size_t now);

  std::size_t most_;
  std::atomic<std::size_t> large_{0}, small_{0};
  std::mutex mutex_;
  held_bytes<std::string> by_network_;
  held_bytes<std::uint64_t> by_user_;
};

}  // namespace musterd
