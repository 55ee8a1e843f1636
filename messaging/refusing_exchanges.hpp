#pragma once

#include "common/uuid.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace musterd {

/// Exchanges whose messages the broker refuses (`basic.nack`: a queue behind it is full, say). That is the
/// state of a queue and passes, so it must cost the other exchanges nothing: keys with a row for such an
/// exchange leave the relay's memory and are not read, and one key at a time is tried, at growing intervals,
/// until it is taken.
class refusing_exchanges {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{5000};

  /// The broker refused a row of this key. True when the exchange was thought to take messages until now.
  bool refused(const std::string& exchange, const uuid& key, clock::time_point now);
  /// Whether a row of this key may be offered. If not, its key waits with the others of the exchange.
  bool may_offer(const std::string& exchange, const uuid& key);
  /// A row was taken. True when its exchange had refused: its keys may be read again.
  bool took(const std::string& exchange, clock::time_point now);
  /// Lets one key of each exchange whose pause is over be tried. True when there is one.
  bool try_again(clock::time_point now);

  bool empty() const { return all_.empty(); }
  /// When `try_again` has something to do; nothing while nobody waits.
  std::optional<clock::time_point> next_try() const;
  /// Adds those that wait.
  void add_waiting_keys(std::vector<uuid>& to) const;
  void clear() { all_.clear(); }

 private:
  struct refusing {
    std::unordered_set<uuid> waiting;
    std::chrono::milliseconds pause = first_pause;
    clock::time_point next_try;
    /// The key that may be offered.
    std::optional<uuid> tried;
    /// False once one was taken; what is refused soon after goes on with the pause it had.
    bool refuses = true;
  };

  std::unordered_map<std::string, refusing> all_;
};

}  // namespace musterd
