#pragma once

#include "messaging/outbox/outbox_store.hpp"

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>

namespace musterd {

/// A channel of the broker's each. What is tried where nothing was answered goes by itself: to a quorum queue
/// whose leader hangs the broker's channel waits, and everything behind on that channel with it.
enum class relay_lane { usual, trial };

/// What the relay has in memory: rows to publish, rows on their way, and rows held back because an earlier
/// one of their key is on its way. One per key at a time: only so can a message that was refused be read and
/// sent again without being overtaken by its successor.
class relay_window {
 public:
  using clock = std::chrono::steady_clock;

  /// Rows come in the order of their numbers.
  void add(outbox_row row);
  /// The next row that may be published now; null when there is none. Stays valid until `published`.
  const outbox_row* next() const;
  /// What `next` gave goes alone: when nothing else is on its way, and nothing else until it is settled.
  void isolate_next();
  /// What `next` gave is on its way under the channel's next tag; stays valid until it is settled.
  const outbox_row& published(clock::time_point now = {}, relay_lane lane = relay_lane::usual);
  /// It was not sent after all and never will be: it and what its key held back are forgotten.
  void withdraw();
  /// What `next` gave is not to be sent now: it and what its key held back are forgotten.
  void postpone();

  struct settled {
    std::size_t confirmed = 0, refused = 0;
    /// A key has room again for rows that are not read yet.
    bool uncrowded = false;
  };
  /// The broker's word on `tag` (and all before it); `taken(row)` is called for each of them and says what it
  /// means. A row that was refused is forgotten, with what its key held back.
  template <class F>
  settled settle(std::uint64_t tag, bool multiple, F&& taken, relay_lane lane = relay_lane::usual);

  /// The connection is gone: forgets everything but which rows were confirmed or are suspected.
  void forget();
  /// The channel or connection broke, perhaps of a row that was on its way: as `forget`, but what was on the
  /// usual lane is published in smaller and smaller groups until it is confirmed. Gives the row that was
  /// alone when that happened and was there more than `bearable` times: nothing else can have broken it.
  std::optional<outbox_row> broke(int bearable);
  /// Nobody is suspected any more.
  void forgive() { suspicions_.clear(); }

  const std::vector<std::int64_t>& confirmed() const { return confirmed_; }
  /// The confirmed rows are deleted, except `left`.
  void removed(std::vector<std::int64_t> left = {}) { confirmed_ = std::move(left); }
  /// All rows known here, confirmed ones too.
  std::vector<std::int64_t> known() const;
  /// Keys with so much held back that reading more of them would fill the window.
  std::vector<uuid> crowded_keys() const;
  std::size_t loaded() const { return loaded_.size(); }
  /// Of the bodies.
  std::size_t bytes() const { return bytes_; }
  std::size_t in_flight() const { return lanes_[0].sent.size() + lanes_[1].sent.size(); }
  /// Calls `f(row, when)` for what is on its way there, in the order it was sent, until that gives false.
  template <class F>
  void each_in_flight(relay_lane lane, F&& f) const;

 private:
  struct one_sent {
    outbox_row row;
    clock::time_point when;
  };
  struct way {
    /// By tag. One may be there for long while many after it come and go.
    std::map<std::uint64_t, one_sent> sent;
    std::uint64_t next_tag = 1;
  };
  way& on(relay_lane lane) { return lanes_[static_cast<std::size_t>(lane)]; }
  const way& on(relay_lane lane) const { return lanes_[static_cast<std::size_t>(lane)]; }
  void release(const uuid& key, settled& count);
  void forget_key(const outbox_row& first);
  void unload(const outbox_row& row);
  std::size_t suspicion_of(const outbox_row& row) const;
  void settle_one(const outbox_row& row, bool taken, relay_lane lane, settled& count);

  std::deque<outbox_row> ready_;
  std::array<way, 2> lanes_;
  relay_lane last_lane_ = relay_lane::usual;
  /// A key is here while a row of it is ready or on its way; the rows are those held back.
  std::unordered_map<uuid, std::vector<outbox_row>> busy_;
  std::unordered_set<std::int64_t> loaded_;
  std::size_t bytes_ = 0;
  /// How often a row was on its way when the connection broke.
  std::unordered_map<std::int64_t, int> suspicions_;
  /// How many are on the usual lane that never were, once, and more often.
  std::array<std::size_t, 3> suspects_in_flight_{};
  std::vector<std::int64_t> confirmed_;
};

template <class F>
relay_window::settled relay_window::settle(std::uint64_t tag, bool multiple, F&& taken, relay_lane lane) {
  settled count;
  auto& sent = on(lane).sent;
  auto end = sent.upper_bound(tag);
  for (auto at = multiple ? sent.begin() : sent.lower_bound(tag); at != end; at = sent.erase(at)) {
    const auto& row = at->second.row;
    settle_one(row, taken(row), lane, count);
  }
  return count;
}

template <class F>
void relay_window::each_in_flight(relay_lane lane, F&& f) const {
  for (const auto& [tag, entry] : on(lane).sent)
    if (!f(entry.row, entry.when))
      return;
}

}  // namespace musterd
