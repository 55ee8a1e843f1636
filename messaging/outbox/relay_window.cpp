#include "messaging/outbox/relay_window.hpp"

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
  return on(relay_lane::usual).sent.size() < company[worst] ? &ready_.front() : nullptr;
}

void relay_window::isolate_next() {
  auto& times = suspicions_[ready_.front().seq];
  times = std::max(times, static_cast<int>(company.size()) - 1);
}

const outbox_row& relay_window::published(clock::time_point now, relay_lane lane) {
  auto& to = on(lane);
  last_lane_ = lane;
  auto at = to.sent.emplace_hint(to.sent.end(), to.next_tag++, one_sent{std::move(ready_.front()), now});
  ready_.pop_front();
  const auto& row = at->second.row;
  if (lane == relay_lane::usual)
    ++suspects_in_flight_[suspicion_of(row)];
  return row;
}

void relay_window::unload(const outbox_row& row) {
  loaded_.erase(row.seq);
  bytes_ -= row.body.size();
}

void relay_window::withdraw() {
  auto& from = on(last_lane_);
  auto row = std::move(from.sent.extract(--from.next_tag).mapped().row);
  if (last_lane_ == relay_lane::usual)
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

void relay_window::settle_one(const outbox_row& row, bool taken, relay_lane lane, settled& count) {
  if (lane == relay_lane::usual)
    --suspects_in_flight_[suspicion_of(row)];
  suspicions_.erase(row.seq);  // whatever the broker said, it has survived it
  if (!taken) {
    ++count.refused;
    forget_key(row);
    return;
  }
  ++count.confirmed;
  confirmed_.push_back(row.seq);
  unload(row);
  release(row.key, count);
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
  lanes_ = {};
  busy_.clear();
  loaded_.clear();
  bytes_ = 0;
  suspects_in_flight_.fill(0);
}

std::optional<outbox_row> relay_window::broke(int bearable) {
  std::optional<outbox_row> culprit;
  auto& sent = on(relay_lane::usual).sent;
  for (auto& [tag, entry] : sent)
    if (++suspicions_[entry.row.seq] > bearable && sent.size() == 1)
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
