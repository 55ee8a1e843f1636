#include "messaging/relay_window.hpp"

#include <algorithm>
#include <limits>

namespace musterd {
namespace {

constexpr std::size_t crowded = 64;

/// How many rows may be on their way together with one that was there never, once, or more often when the
/// connection broke.
constexpr std::array<std::size_t, 3> company{std::numeric_limits<std::size_t>::max(), 64, 1};

}  // namespace

void relay_window::add(outbox_row row) {
  if (!loaded_.insert(row.seq).second)
    return;
  bytes_ += row.body.size();
  auto [held, first] = busy_.try_emplace(row.key);
  if (first)
    ready_.push_back(std::move(row));
  else
    held->second.push_back(std::move(row));
}

/// Up to 2.
std::size_t relay_window::suspicion_of(const outbox_row& row) const {
  auto found = suspicions_.find(row.seq);
  return found == suspicions_.end() ? 0u : static_cast<std::size_t>(std::min(found->second, 2));
}

const outbox_row* relay_window::next() const {
  if (ready_.empty())
    return nullptr;
  auto worst = suspicion_of(ready_.front());
  for (std::size_t i = 0; i < company.size(); ++i)
    if (suspects_in_flight_[i] > 0)
      worst = std::max(worst, i);
  return in_flight_count_ < company[worst] ? &ready_.front() : nullptr;
}

const outbox_row& relay_window::published() {
  sent_.push_back({std::move(ready_.front()), false});
  ready_.pop_front();
  ++in_flight_count_;
  const auto& row = sent_.back().row;
  ++suspects_in_flight_[suspicion_of(row)];
  return row;
}

void relay_window::unload(const outbox_row& row) {
  loaded_.erase(row.seq);
  bytes_ -= row.body.size();
}

void relay_window::withdraw() {
  auto row = std::move(sent_.back().row);
  sent_.pop_back();
  --in_flight_count_;
  --suspects_in_flight_[suspicion_of(row)];
  suspicions_.erase(row.seq);
  forget_key(row);
}

void relay_window::postpone() {
  auto row = std::move(ready_.front());
  ready_.pop_front();
  forget_key(row);
}

/// The only row of its key that is not held back, and those it holds back.
void relay_window::forget_key(const outbox_row& first) {
  unload(first);
  auto held = busy_.extract(first.key);
  for (const auto& later : held.mapped())
    unload(later);
}

void relay_window::settle_one(sent& entry, bool accepted, settled& count) {
  entry.settled = true;
  --in_flight_count_;
  --suspects_in_flight_[suspicion_of(entry.row)];
  if (!accepted) {
    ++count.refused;
    forget_key(entry.row);
    return;
  }
  ++count.confirmed;
  confirmed_.push_back(entry.row.seq);
  suspicions_.erase(entry.row.seq);
  unload(entry.row);
  release(entry.row.key, count);
}

void relay_window::release(const uuid& key, settled& count) {
  auto found = busy_.find(key);
  auto& held = found->second;
  if (held.empty()) {
    busy_.erase(found);
    return;
  }
  ready_.push_back(std::move(held.front()));
  held.erase(held.begin());
  count.uncrowded = count.uncrowded || held.size() == crowded - 1;
}

void relay_window::forget() {
  ready_.clear();
  sent_.clear();
  busy_.clear();
  loaded_.clear();
  first_tag_ = 1;
  in_flight_count_ = bytes_ = 0;
  suspects_in_flight_.fill(0);
}

std::optional<outbox_row> relay_window::broke(int bearable) {
  std::optional<outbox_row> culprit;
  for (auto& entry : sent_)
    if (!entry.settled && ++suspicions_[entry.row.seq] > bearable && in_flight_count_ == 1)
      culprit = std::move(entry.row);
  if (culprit)
    suspicions_.erase(culprit->seq);
  forget();
  return culprit;
}

std::vector<std::int64_t> relay_window::known() const {
  std::vector<std::int64_t> result{confirmed_};
  result.insert(result.end(), loaded_.begin(), loaded_.end());
  return result;
}

std::vector<uuid> relay_window::crowded_keys() const {
  std::vector<uuid> result;
  for (const auto& [key, held] : busy_)
    if (held.size() >= crowded)
      result.push_back(key);
  return result;
}

}  // namespace musterd
