#include "messaging/refusing_exchanges.hpp"

#include <algorithm>

namespace musterd {

bool refusing_exchanges::refused(const std::string& exchange, const uuid& key, clock::time_point now) {
  auto [found, is_new] = all_.try_emplace(exchange);
  auto& e = found->second;
  bool begins = is_new || !e.refuses;
  e.waiting.insert(key);
  // Others were on their way when the first was refused: only that one, and what is tried later, says
  // something new.
  if (begins || e.tried == key) {
    if (!is_new)
      e.pause = std::min(2 * e.pause, longest_pause);
    e.refuses = true;
    e.tried.reset();
    e.next_try = now + e.pause;
  }
  return begins;
}

bool refusing_exchanges::may_offer(const std::string& exchange, const uuid& key) {
  auto found = all_.find(exchange);
  if (found == all_.end() || !found->second.refuses || found->second.tried == key)
    return true;
  found->second.waiting.insert(key);
  return false;
}

bool refusing_exchanges::took(const std::string& exchange, clock::time_point now) {
  auto found = all_.find(exchange);
  if (found == all_.end())
    return false;
  auto& e = found->second;
  if (!e.refuses) {
    if (now - e.next_try > longest_pause)
      all_.erase(found);
    return false;
  }
  e.refuses = false;
  e.tried.reset();
  e.waiting.clear();
  e.next_try = now;
  return true;
}

bool refusing_exchanges::try_again(clock::time_point now) {
  bool any = false;
  for (auto& [exchange, e] : all_) {
    if (!e.refuses || e.waiting.empty() || now < e.next_try)
      continue;
    // One that was tried and never heard of again may be gone from the outbox: the next may tell.
    e.tried = *e.waiting.begin();
    e.waiting.erase(e.waiting.begin());
    e.next_try = now + std::max(2 * e.pause, std::chrono::milliseconds{1000});
    any = true;
  }
  return any;
}

std::optional<refusing_exchanges::clock::time_point> refusing_exchanges::next_try() const {
  std::optional<clock::time_point> next;
  for (const auto& [exchange, e] : all_)
    if (e.refuses && !e.waiting.empty() && (!next || e.next_try < *next))
      next = e.next_try;
  return next;
}

void refusing_exchanges::add_waiting_keys(std::vector<uuid>& to) const {
  for (const auto& [exchange, e] : all_)
    to.insert(to.end(), e.waiting.begin(), e.waiting.end());
}

}  // namespace musterd
