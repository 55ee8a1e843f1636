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

/// Routes (an exchange, the queues behind it and a routing key) where the broker for a time refuses messages
/// (`basic.nack`, e.g. a full queue), closes the channel over them, or does not answer. Keys with a row for
/// such a route leave the relay's memory and are not read, so that they hold up nobody else. They are tried
/// in turn: one after a pause, which success halves and refusal doubles; while nothing is refused, each
/// success doubles at once how many may be tried. A route is forgotten when no key waits there and nothing
/// was refused for a while.
class refusing_routes {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{5000};

  struct route {
    std::string exchange, routing_key;
    friend auto operator<=>(const route&, const route&) = default;
  };

  /// The broker refused a row of this key. True if it is the first on the route.
  bool refused(const route& at, const uuid& key, clock::time_point now);
  /// The broker closed the channel over a row of this key. The row is set aside, so the key need not wait.
  void broke(const route& at, const uuid& key, clock::time_point now);
  /// The broker left a row of this key unanswered for too long.
  void unanswered(const route& at, const uuid& key, clock::time_point now);
  /// A trial there may cost the channel and everything in flight on it, so it must go alone.
  bool breaks(const route& at) const;
  /// Nothing was accepted there since `unanswered`.
  bool is_silent(const route& at) const;
  /// Whether a row of this key may be offered. If not, its key waits with the others.
  bool may_offer(const route& at, const uuid& key);
  /// A row was accepted.
  void took(const route& at, const uuid& key, clock::time_point now);
  /// Whether a row of this key is in flight there.
  using on_its_way_fn = std::function<bool(const route&, const uuid&)>;
  /// Lets keys be tried whose turn it is: they may be read again, wherever their rows are. True if there are
  /// any.
  bool try_again(clock::time_point now, const on_its_way_fn& on_its_way);
  /// Forgets routes that no longer refuse; returns those that accept again.
  std::vector<route> forget_ended(clock::time_point now);

  /// Whether any key waits there.
  bool keeps_waiting(const route& at) const;
  bool empty() const { return all_.empty(); }
  /// When `try_again` has something to do; nullopt while no key waits.
  std::optional<clock::time_point> next_try() const;
  std::vector<uuid> waiting_keys() const;

 private:
  struct refusing {
    std::deque<uuid> in_turn;
    std::unordered_set<uuid> waiting;
    /// May be offered until the broker responds, however late.
    std::unordered_set<uuid> tried;
    /// One of their rows was accepted: they continue until anything is refused.
    std::unordered_set<uuid> flowing;
    /// The broker's response since keys were last tried; a refusal overrides an acceptance.
    enum class word { none, taken, refused } heard = word::none;
    std::size_t most_tried = 1;
    /// Until something is accepted.
    bool breaks = false, silent = false;
    std::chrono::milliseconds pause = first_pause;
    clock::time_point next_try, last_refusal;

    void wait(const uuid& key) {
      if (waiting.insert(key).second)
        in_turn.push_back(key);
    }
    /// All keys wait, then one is tried.
    void stop(clock::time_point now);
  };

  std::map<route, refusing> all_;
};

}  // namespace musterd
