#include "messaging/refusing_routes.hpp"

#include <algorithm>
#include <utility>

namespace musterd {
namespace {

constexpr std::size_t most_at_once = 1024;

}  // namespace

bool refusing_routes::refused(const route& at, const uuid& key, clock::time_point now) {
  auto [found, is_new] = all_.try_emplace(at);
  auto& r = found->second;
  r.wait(key);
  r.last_refusal = now;
  bool was_tried = r.tried.erase(key) + r.flowing.erase(key) > 0;
  if (was_tried && std::exchange(r.heard, refusing::word::refused) == refusing::word::none)
    r.pause = std::min(2 * r.pause, longest_pause);
  // Others were on their way when the first was refused, and say nothing new.
  if (was_tried || is_new) {
    r.flowing.clear();
    r.most_tried = 1;
    r.next_try = now + r.pause;
  }
  return is_new;
}

bool refusing_routes::may_offer(const route& at, const uuid& key) {
  auto found = all_.find(at);
  if (found == all_.end())
    return true;
  auto& r = found->second;
  if (r.tried.contains(key) || r.flowing.contains(key))
    return true;
  if (r.waiting.empty() && r.tried.size() < r.most_tried) {
    r.tried.insert(key);
    return true;
  }
  r.wait(key);
  return false;
}

void refusing_routes::took(const route& at, const uuid& key, clock::time_point now) {
  auto found = all_.find(at);
  if (found == all_.end() || found->second.tried.erase(key) == 0)
    return;  // it was on its way before, or goes on
  auto& r = found->second;
  if (r.heard == refusing::word::refused)
    return;  // there was room for some
  if (std::exchange(r.heard, refusing::word::taken) == refusing::word::none)
    r.pause = std::max(r.pause / 2, first_pause);
  r.flowing.insert(key);
  r.most_tried = std::min(2 * r.most_tried, most_at_once);
  r.next_try = now;
}

bool refusing_routes::try_again(clock::time_point now) {
  bool any = false;
  for (auto& [at, r] : all_) {
    if (r.waiting.empty() || now < r.next_try)
      continue;
    // One more when nothing was heard for long: what was tried may be gone from the outbox.
    auto free = r.most_tried > r.tried.size() ? r.most_tried - r.tried.size() : 1;
    for (; free > 0 && !r.in_turn.empty(); --free) {
      r.tried.insert(r.in_turn.front());
      r.waiting.erase(r.in_turn.front());
      r.in_turn.pop_front();
    }
    r.heard = refusing::word::none;
    r.next_try = now + std::max(2 * r.pause, std::chrono::milliseconds{1000});
    any = true;
  }
  return any;
}

std::vector<refusing_routes::route> refusing_routes::forget_ended(clock::time_point now) {
  std::vector<route> ended;
  std::erase_if(all_, [&](const auto& entry) {
    const auto& [at, r] = entry;
    bool over = r.waiting.empty() && now - r.last_refusal >= longest_pause;
    if (over)
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
