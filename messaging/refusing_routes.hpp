#pragma once

#include "common/uuid.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace musterd {

/// Where the broker refuses messages (`basic.nack`: a queue is full, say). That is the state of the queues
/// behind an exchange and a routing key, and it passes; until then it stops nobody else: keys with a row for
/// there leave the relay's memory and are not read. One key at a time is tried, in turns and at growing
/// intervals, until it is taken.
class refusing_routes {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{5000};

  struct route {
    std::string exchange, routing_key;
    friend auto operator<=>(const route&, const route&) = default;
  };

  /// The broker refused a row of this key. True when messages were thought to be taken there until now.
  bool refused(const route& at, const uuid& key, clock::time_point now);
  /// Whether a row of this key may be offered. If not, its key waits with the others.
  bool may_offer(const route& at, const uuid& key);
  /// A row was taken. True when it was the one that was tried: the others may be read again.
  bool took(const route& at, const uuid& key, clock::time_point now);
  /// Lets one key of each route whose pause is over be tried. True when there is one.
  bool try_again(clock::time_point now);

  /// When `try_again` has something to do; nothing while nobody waits.
  std::optional<clock::time_point> next_try() const;
  std::vector<uuid> waiting_keys() const;
  void clear() { all_.clear(); }

 private:
  struct refusing {
    std::deque<uuid> in_turn;
    std::unordered_set<uuid> waiting;
    std::chrono::milliseconds pause = first_pause;
    clock::time_point next_try;
    /// The key that may be offered.
    std::optional<uuid> tried;
    /// False once one was taken; what is refused soon after goes on with the pause it had.
    bool refuses = true;

    void wait(const uuid& key) {
      if (waiting.insert(key).second)
        in_turn.push_back(key);
    }
  };

  std::map<route, refusing> all_;
};

}  // namespace musterd
