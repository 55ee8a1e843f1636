#include "messaging/outbox/refusing_routes.hpp"

#include <algorithm>
#include <utility>

namespace musterd {
namespace {

constexpr std::size_t most_at_once = 1024;

/// Null if missing.
template <class Map>
auto find_in(Map& all, const refusing_routes::route& at) -> decltype(&all.begin()->second) {
  auto found = all.find(at);
  return found == all.end() ? nullptr : &found->second;
}

}  // namespace

void refusing_routes::refusing::stop(clock::time_point now) {
  for (auto* keys : {&tried, &flowing}) {
    for (const auto& key : *keys)
      wait(key);
    keys->clear();
  }
  most_tried = 1;
  last_refusal = now;
  next_try = now + pause;
}

bool refusing_routes::refused(const route& at, const uuid& key, clock::time_point now) {
  auto [found, is_new] = all_.try_emplace(at);
  auto& r = found->second;
  r.wait(key);
  r.last_refusal = now;
  bool was_tried = r.tried.erase(key) + r.flowing.erase(key) > 0;
  if (was_tried && std::exchange(r.heard, refusing::word::refused) == refusing::word::none)
    r.pause = std::min(2 * r.pause, longest_pause);
  // Others in flight at the first refusal tell nothing new.
  if (was_tried || is_new) {
    r.flowing.clear();
    r.most_tried = 1;
    r.next_try = now + r.pause;
  }
  return is_new;
}

void refusing_routes::broke(const route& at, const uuid& key, clock::time_point now) {
  auto& r = all_[at];
  if (r.tried.erase(key) + r.flowing.erase(key) > 0)
    r.pause = std::min(2 * r.pause, longest_pause);
  r.breaks = true;
  r.stop(now);
}

void refusing_routes::unanswered(const route& at, const uuid& key, clock::time_point now) {
  auto& r = all_[at];
  if (r.tried.erase(key) + r.flowing.erase(key) > 0)
    r.pause = std::min(2 * r.pause, longest_pause);
  r.silent = true;
  r.breaks = false;  // waiting for an answer does not cost the channel
  r.wait(key);
  r.stop(now);
}

bool refusing_routes::breaks(const route& at) const {
  const auto* r = find_in(all_, at);
  return r != nullptr && r->breaks;
}

bool refusing_routes::is_silent(const route& at) const {
  const auto* r = find_in(all_, at);
  return r != nullptr && r->silent;
}

bool refusing_routes::keeps_waiting(const route& at) const {
  const auto* r = find_in(all_, at);
  return r != nullptr && !r->waiting.empty();
}

bool refusing_routes::may_offer(const route& at, const uuid& key) {
  auto* known = find_in(all_, at);
  if (known == nullptr)
    return true;
  auto& r = *known;
  if (r.tried.contains(key) || r.flowing.contains(key))
    return true;
  if (r.waiting.empty() && r.tried.size() < r.most_tried && !r.breaks) {
    r.tried.insert(key);
    return true;
  }
  r.wait(key);
  return false;
}

void refusing_routes::took(const route& at, const uuid& key, clock::time_point now) {
  auto* known = find_in(all_, at);
  if (known == nullptr || known->tried.erase(key) == 0)
    return;  // it was in flight before, or is flowing
  auto& r = *known;
  r.breaks = r.silent = false;
  if (r.heard == refusing::word::refused)
    return;  // there was room for some only
  if (std::exchange(r.heard, refusing::word::taken) == refusing::word::none)
    r.pause = std::max(r.pause / 2, first_pause);
  r.flowing.insert(key);
  r.most_tried = std::min(2 * r.most_tried, most_at_once);
  r.next_try = now;
}

bool refusing_routes::try_again(clock::time_point now, const on_its_way_fn& on_its_way) {
  bool any = false;
  for (auto& [at, r] : all_) {
    if (r.waiting.empty() || now < r.next_try)
      continue;
    r.next_try = now + std::max(2 * r.pause, std::chrono::milliseconds{1000});
    auto is_awaited = [&, &here = at](const uuid& key) { return on_its_way(here, key); };
    // One more if nothing tried is in flight: it has left the outbox, or waits for something else.
    std::size_t free = r.most_tried > r.tried.size()              ? r.most_tried - r.tried.size()
                       : std::ranges::any_of(r.tried, is_awaited) ? 0
                                                                  : 1;
    if (free == 0)
      continue;
    for (; free > 0 && !r.in_turn.empty(); --free) {
      r.tried.insert(r.in_turn.front());
      r.waiting.erase(r.in_turn.front());
      r.in_turn.pop_front();
    }
    r.heard = refusing::word::none;
    any = true;
  }
  return any;
}

std::vector<refusing_routes::route> refusing_routes::forget_ended(clock::time_point now) {
  std::vector<route> ended;
  std::erase_if(all_, [&](const auto& entry) {
    const auto& [at, r] = entry;
    bool over = r.waiting.empty() && now - r.last_refusal >= longest_pause;
    if (over && !r.breaks && !r.silent)
      ended.push_back(at);
    return over;
  });
  return ended;
}

std::optional<refusing_routes::clock::time_point> refusing_routes::next_try() const {
  std::optional<clock::time_point> next;
  for (const auto& [at, r] : all_)
    if (!r.waiting.empty() && (!next || r.next_try < *next))
      next = r.next_try;
  return next;
}

std::vector<uuid> refusing_routes::waiting_keys() const {
  std::vector<uuid> result;
  for (const auto& [at, r] : all_)
    result.insert(result.end(), r.waiting.begin(), r.waiting.end());
  return result;
}

}  // namespace musterd
