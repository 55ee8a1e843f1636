#include "messaging/relay_window.hpp"

namespace musterd {
namespace {

constexpr std::size_t crowded = 64;

}  // namespace

void relay_window::add(outbox_row row) {
  if (!loaded_.insert(row.seq).second)
    return;
  auto [held, first] = busy_.try_emplace(row.key);
  if (first)
    ready_.push_back(std::move(row));
  else
    held->second.push_back(std::move(row));
}

void relay_window::published() {
  sent_.push_back({std::move(ready_.front()), false});
  ready_.pop_front();
  ++in_flight_count_;
}

void relay_window::settle_one(sent& entry, bool accepted, settled& count) {
  entry.settled = true;
  --in_flight_count_;
  if (!accepted) {
    ++count.refused;
    ready_.push_back(std::move(entry.row));  // its key stays busy, so nothing overtakes it
    return;
  }
  ++count.confirmed;
  confirmed_.push_back(entry.row.seq);
  loaded_.erase(entry.row.seq);
  release(entry.row.key);
}

void relay_window::release(const uuid& key) {
  auto found = busy_.find(key);
  auto& held = found->second;
  if (held.empty()) {
    busy_.erase(found);
    return;
  }
  ready_.push_back(std::move(held.front()));
  held.erase(held.begin());
}

void relay_window::forget() {
  ready_.clear();
  sent_.clear();
  busy_.clear();
  loaded_.clear();
  first_tag_ = 1;
  in_flight_count_ = 0;
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
