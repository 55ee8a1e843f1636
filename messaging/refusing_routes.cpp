#include "messaging/refusing_routes.hpp"

#include <algorithm>

namespace musterd {

bool refusing_routes::refused(const route& at, const uuid& key, clock::time_point now) {
  auto [found, is_new] = all_.try_emplace(at);
  auto& r = found->second;
  bool begins = is_new || !r.refuses;
  r.wait(key);
  // Others were on their way when the first was refused: only that one, and what is tried later, says
  // something new.
  if (begins || r.tried == key) {
    if (!is_new)
      r.pause = std::min(2 * r.pause, longest_pause);
    r.refuses = true;
    r.tried.reset();
    r.next_try = now + r.pause;
  }
  return begins;
}

bool refusing_routes::may_offer(const route& at, const uuid& key) {
  auto found = all_.find(at);
  if (found == all_.end() || !found->second.refuses || found->second.tried == key)
    return true;
  found->second.wait(key);
  return false;
}

bool refusing_routes::took(const route& at, const uuid& key, clock::time_point now) {
  auto found = all_.find(at);
  if (found == all_.end())
    return false;
  auto& r = found->second;
  if (!r.refuses) {
    if (now - r.next_try > longest_pause)
      all_.erase(found);
    return false;
  }
  if (r.tried != key)
    return false;  // it was on its way before
  r.refuses = false;
  r.tried.reset();
  r.waiting.clear();
  r.in_turn.clear();
  r.next_try = now;
  return true;
}

bool refusing_routes::try_again(clock::time_point now) {
  bool any = false;
  for (auto& [at, r] : all_) {
    if (!r.refuses || r.waiting.empty() || now < r.next_try)
      continue;
    // One that was tried and never heard of again may be gone from the outbox: the next may tell.
    r.tried = r.in_turn.front();
    r.in_turn.pop_front();
    r.waiting.erase(*r.tried);
    r.next_try = now + std::max(2 * r.pause, std::chrono::milliseconds{1000});
    any = true;
  }
  return any;
}

std::optional<refusing_routes::clock::time_point> refusing_routes::next_try() const {
  std::optional<clock::time_point> next;
  for (const auto& [at, r] : all_)
    if (r.refuses && !r.waiting.empty() && (!next || r.next_try < *next))
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
