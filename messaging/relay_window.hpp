#pragma once

#include "messaging/outbox_store.hpp"

#include <array>
#include <deque>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace musterd {

/// What the relay has in memory: rows to publish, rows on their way, and rows held back because an earlier
/// one of their key is on its way. One per key at a time: only so can a message that was refused be read and
/// sent again without being overtaken by its successor.
class relay_window {
 public:
  /// Rows come in the order of their numbers.
  void add(outbox_row row);
  /// The next row that may be published now; null when there is none. Stays valid until `published`.
  const outbox_row* next() const;
  /// What `next` gave is on its way under the channel's next tag; stays valid until it is settled.
  const outbox_row& published();
  /// It was not sent after all and never will be: it and what its key held back are forgotten.
  void withdraw();
  /// What `next` gave is not to be sent now: it and what its key held back are forgotten.
  void postpone();

  struct settled {
    std::size_t confirmed = 0, refused = 0;
    /// A key has room again for rows that are not read yet.
    bool uncrowded = false;
  };
  /// The broker's word on `tag` (and all before it); `on_settled(row)` is called for each of them. A row that
  /// was refused is forgotten, with what its key held back.
  template <class F>
  settled settle(std::uint64_t tag, bool multiple, bool accepted, F&& on_settled);

  /// The connection is gone: forgets everything but which rows were confirmed or are suspected.
  void forget();
  /// The channel or connection broke, perhaps of a row that was on its way: as `forget`, but what was on its
  /// way is published in smaller and smaller groups until it is confirmed. Gives the row that was alone when
  /// that happened and was there more than `bearable` times: nothing else can have broken it.
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
  std::size_t in_flight() const { return in_flight_count_; }

 private:
  struct sent {
    outbox_row row;
    bool settled = false;
  };
  void release(const uuid& key, settled& count);
  void forget_key(const outbox_row& first);
  void unload(const outbox_row& row);
  std::size_t suspicion_of(const outbox_row& row) const;
  void settle_one(sent& entry, bool accepted, settled& count);

  std::deque<outbox_row> ready_;
  std::deque<sent> sent_;
  std::uint64_t first_tag_ = 1;
  std::size_t in_flight_count_ = 0;
  /// A key is here while a row of it is ready or on its way; the rows are those held back.
  std::unordered_map<uuid, std::vector<outbox_row>> busy_;
  std::unordered_set<std::int64_t> loaded_;
  std::size_t bytes_ = 0;
  /// How often a row was on its way when the connection broke.
  std::unordered_map<std::int64_t, int> suspicions_;
  /// How many are on their way that never were, once, and more often.
  std::array<std::size_t, 3> suspects_in_flight_{};
  std::vector<std::int64_t> confirmed_;
};

template <class F>
relay_window::settled relay_window::settle(std::uint64_t tag, bool multiple, bool accepted, F&& on_settled) {
  settled count;
  if (tag < first_tag_ || tag >= first_tag_ + sent_.size())
    return count;
  auto last = tag - first_tag_;
  for (auto i = multiple ? 0 : last; i <= last; ++i) {
    auto& entry = sent_[i];
    if (entry.settled)
      continue;
    on_settled(std::as_const(entry.row));
    settle_one(entry, accepted, count);
  }
  while (!sent_.empty() && sent_.front().settled) {
    sent_.pop_front();
    ++first_tag_;
  }
  return count;
}

}  // namespace musterd
