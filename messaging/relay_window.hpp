#pragma once

#include "messaging/outbox_store.hpp"

#include <deque>
#include <unordered_map>
#include <unordered_set>

namespace musterd {

/// What the relay has in memory: rows to publish, rows on their way, and rows held back because an earlier
/// one of their key is on its way. One per key at a time: only so can a refused message be sent again without
/// being overtaken by its successor.
class relay_window {
 public:
  /// Rows come in the order of their numbers.
  void add(outbox_row row);
  /// The next row that may be published; null when there is none. Stays valid until `published`.
  const outbox_row* next() const { return ready_.empty() ? nullptr : &ready_.front(); }
  /// What `next` gave is on its way under the channel's next tag.
  void published();

  struct settled {
    std::size_t confirmed = 0, refused = 0;
  };
  /// The broker's word on `tag` (and all before it). A refused row is to be published again, before its
  /// successors. `on_confirmed(row)` is called for every row that was taken.
  template <class F>
  settled settle(std::uint64_t tag, bool multiple, bool accepted, F&& on_confirmed);

  /// The connection is gone: forgets everything but which rows were confirmed.
  void forget();

  const std::vector<std::int64_t>& confirmed() const { return confirmed_; }
  void removed() { confirmed_.clear(); }
  /// All rows known here, confirmed ones too.
  std::vector<std::int64_t> known() const;
  /// Keys with so much held back that reading more of them would fill the window.
  std::vector<uuid> crowded_keys() const;
  std::size_t loaded() const { return loaded_.size(); }
  std::size_t in_flight() const { return in_flight_count_; }

 private:
  struct sent {
    outbox_row row;
    bool settled = false;
  };
  void release(const uuid& key);
  void settle_one(sent& entry, bool accepted, settled& count);

  std::deque<outbox_row> ready_;
  std::deque<sent> sent_;
  std::uint64_t first_tag_ = 1;
  std::size_t in_flight_count_ = 0;
  /// A key is here while a row of it is ready or on its way; the rows are those held back.
  std::unordered_map<uuid, std::vector<outbox_row>> busy_;
  std::unordered_set<std::int64_t> loaded_;
  std::vector<std::int64_t> confirmed_;
};

template <class F>
relay_window::settled relay_window::settle(std::uint64_t tag, bool multiple, bool accepted,
                                           F&& on_confirmed) {
  settled count;
  if (tag < first_tag_ || tag >= first_tag_ + sent_.size())
    return count;
  auto last = tag - first_tag_;
  for (auto i = multiple ? 0 : last; i <= last; ++i) {
    auto& entry = sent_[i];
    if (entry.settled)
      continue;
    if (accepted)
      on_confirmed(entry.row);
    settle_one(entry, accepted, count);
  }
  while (!sent_.empty() && sent_.front().settled) {
    sent_.pop_front();
    ++first_tag_;
  }
  return count;
}

}  // namespace musterd
