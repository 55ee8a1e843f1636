#include "http/auth/login_throttle.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>

namespace musterd {
namespace {

fault wait_first(timestamp until, timestamp now) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(until - now).count();
  return {fault_kind::too_many_requests,
          "TOO_MANY_REQUESTS",
          "Too many failed sign-ins; try again later.",
          {},
          {},
          seconds};
}

/// Usernames ignore case (Story 91); what is not ASCII counts as it is, which only makes more names.
std::string folded(std::string_view user) {
  std::string result{user.substr(0, 256)};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

}  // namespace

std::string throttled_network(std::string_view address) {
  in6_addr v6{};
  std::string text{address};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6))
    return text;
  return fmt::format("{:02x}", fmt::join(v6.s6_addr, v6.s6_addr + 8, ""));
}

outcome<void> login_throttle::check(std::string_view user, std::string_view address, timestamp now) {
  std::lock_guard lock{mutex_};
  auto until = timestamp::min();
  if (const auto* r = user.empty() ? nullptr : find(users_, folded(user), now))
    until = r->blocked_until;
  if (const auto* r = find(addresses_, throttled_network(address), now))
    until = std::max(until, r->blocked_until);
  if (now < until)
    return wait_first(until, now);
  return {};
}

void login_throttle::failed(std::string_view user, std::string_view address, timestamp now) {
  std::lock_guard lock{mutex_};
  if (!user.empty())
    add_failure(users_, folded(user), settings_.free_per_user, now);
  add_failure(addresses_, throttled_network(address), settings_.free_per_address, now);
}

void login_throttle::succeeded(std::string_view user) {
  std::lock_guard lock{mutex_};
  auto found = users_.by_key.find(folded(user));
  if (found == users_.by_key.end())
    return;
  auto at = found->second;
  users_.by_key.erase(found);
  users_.order.erase(at);
}

const login_throttle::record* login_throttle::find(memory& in, const std::string& key, timestamp now) {
  auto found = in.by_key.find(key);
  return found == in.by_key.end() || now - found->second->last > settings_.memory ? nullptr : &*found->second;
}

void login_throttle::add_failure(memory& to, const std::string& key, int free, timestamp now) {
  auto found = to.by_key.find(key);
  if (found == to.by_key.end()) {
    if (to.order.size() >= settings_.max_remembered && !to.order.empty()) {
      to.by_key.erase(to.order.front().key);
      to.order.pop_front();
    }
    to.order.push_back({key, 0, now, timestamp::min()});
    found = to.by_key.emplace(to.order.back().key, std::prev(to.order.end())).first;
  }
  auto& r = *found->second;
  if (now - r.last > settings_.memory)
    r.failures = 0;
  r.last = now;
  if (++r.failures > free) {
    auto doublings = std::min(r.failures - free - 1, 20);
    r.blocked_until = now + std::min(settings_.first_wait * (1 << doublings), settings_.longest_wait);
  }
  to.order.splice(to.order.end(), to.order, found->second);
}

}  // namespace musterd
