#pragma once

#include "http/transport/held_bytes.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

namespace musterd {

/// How many bytes of answers wait to be sent: all together, of each network and of each user. Small answers
/// have room of their own, so that large ones, however slowly they are read, stop nobody. Thread-safe.
class output_budget {
 public:
  /// Up to here nobody's share is asked for.
  static constexpr std::size_t small_answer = 16 * 1024;

  /// Whom an answer waits for. The network without a name has no share, nor has user 0.
  struct holder {
    std::string network;
    std::uint64_t user = 0;
  };

  /// A network has a quarter of `most` for large answers, a user an eighth; small ones have another quarter.
  explicit output_budget(std::size_t most);

  /// False, and nothing is counted, when there is no room for a large answer. Who holds none has room for one
  /// beyond `most`, up to a quarter more, and of any size when nobody holds any.
  [[nodiscard]] bool take(const holder& who, std::size_t bytes);
  /// What is held becomes another amount, be there room or not.
  void change(const holder& who, std::size_t was, std::size_t now);

  std::size_t total() const { return large_.load() + small_.load(); }
  /// Others need what somebody takes too slowly.
  bool is_scarce() const;
  /// Not even a small answer may be asked for.
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
