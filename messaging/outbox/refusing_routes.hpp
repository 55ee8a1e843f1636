#pragma once

#include "common/text/uuid.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace musterd {

/// Where the broker refuses messages (`basic.nack`: a queue is full, say), closes the channel over them, or
/// says nothing at all. That is the state of an exchange and the queues behind it and a routing key, and it
/// passes; until then keys with a row for there leave the relay's memory and are not read, so that they hold
/// up nobody else. They are tried in turns: one after a pause, which is halved when that is taken and doubled
/// when it is refused; as long as nothing is refused, twice as many with each that is taken, at once. A route
/// is forgotten when nobody waits there and nothing was refused for a while.
class refusing_routes {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{5000};

  struct route {
    std::string exchange, routing_key;
    friend auto operator<=>(const route&, const route&) = default;
  };

  /// The broker refused a row of this key. True when it is the first there.
  bool refused(const route& at, const uuid& key, clock::time_point now);
  /// The broker closed the channel over a row of this key, which is set aside: the key need not wait.
  void broke(const route& at, const uuid& key, clock::time_point now);
  /// The broker said nothing about a row of this key for too long.
  void unanswered(const route& at, const uuid& key, clock::time_point now);
  /// What is tried there may cost the channel, and everything else on its way: it must be alone.
  bool breaks(const route& at) const;
  /// Nothing was taken there since `unanswered`.
  bool is_silent(const route& at) const;
  /// Whether a row of this key may be offered. If not, its key waits with the others.
  bool may_offer(const route& at, const uuid& key);
  /// A row was taken.
  void took(const route& at, const uuid& key, clock::time_point now);
  /// Whether a row of this key is on its way there.
  using on_its_way_fn = std::function<bool(const route&, const uuid&)>;
  /// Lets keys be tried whose turn it is: they may be read again, wherever their rows are. True when there
  /// are any.
  bool try_again(clock::time_point now, const on_its_way_fn& on_its_way);
  /// Forgets the routes that refuse no longer, and says which of them take again.
  std::vector<route> forget_ended(clock::time_point now);

  /// Whether anybody waits there.
  bool keeps_waiting(const route& at) const;
  bool empty() const { return all_.empty(); }
  /// When `try_again` has something to do; nothing while nobody waits.
  std::optional<clock::time_point> next_try() const;
  std::vector<uuid> waiting_keys() const;

 private:
  struct refusing {
    std::deque<uuid> in_turn;
    std::unordered_set<uuid> waiting;
    /// They may be offered; until the broker says something about them, however late.
    std::unordered_set<uuid> tried;
    /// One of theirs was taken: they go on until anything is refused.
    std::unordered_set<uuid> flowing;
    /// What the broker said since keys were tried last; a refusal ends what was taken before.
    enum class word { none, taken, refused } heard = word::none;
    /// How many may be tried at once.
    std::size_t most_tried = 1;
    /// Until something is taken.
    bool breaks = false, silent = false;
    std::chrono::milliseconds pause = first_pause;
    clock::time_point next_try, last_refusal;

    void wait(const uuid& key) {
      if (waiting.insert(key).second)
        in_turn.push_back(key);
    }
    /// Everybody waits, and then one is tried.
    void stop(clock::time_point now);
  };

  std::map<route, refusing> all_;
};

}  // namespace musterd
