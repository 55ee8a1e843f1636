#include "http/auth/limits/request_rates.hpp"

#include "common/settings/setting_list.hpp"

#include <algorithm>

namespace musterd {
namespace {

constexpr std::chrono::seconds burst{2};

timestamp::duration time_of_one(std::int64_t rate) {
  return std::chrono::duration_cast<timestamp::duration>(std::chrono::seconds{1}) / rate;
}

fault too_fast(timestamp until, timestamp now) {
  auto seconds = std::chrono::ceil<std::chrono::seconds>(until - now).count();
  return {
      fault_kind::too_many_requests,     "TOO_MANY_REQUESTS", "Too many requests; try again later.", {}, {},
      std::max<std::int64_t>(seconds, 1)};
}

}  // namespace

void describe(setting_list& on, request_rate_settings& s) {
  constexpr setting_list::bounds a_second{0, 1'000'000};
  on.number("http.user_rate", s.of_user, a_second,
            "Requests per second and user, in bursts of twice that (429). 0: no limit.");
  on.number("http.service_rate", s.of_service, a_second, "The same per service.");
  on.number("http.tenant_rate", s.of_tenant, a_second, "The same per company, services included.");
}

outcome<void> request_rates::take(const principal& who, timestamp now) {
  auto rate = who.kind == principal_kind::service ? settings_.of_service : settings_.of_user;
  key actor{who.tenant.value, who.actor}, tenant{who.tenant.value, {}};
  std::lock_guard lock{mutex_};
  auto next = std::max(due(actor, rate, now), due(tenant, settings_.of_tenant, now));
  if (next > now)
    return too_fast(next, now);
  if (full_at_.size() + 2 > settings_.max_remembered)
    forget_full_ones(now);
  fill(actor, rate, now);
  fill(tenant, settings_.of_tenant, now);
  return {};
}

std::size_t request_rates::remembered() {
  std::lock_guard lock{mutex_};
  return full_at_.size();
}

timestamp request_rates::due(const key& k, std::int64_t rate, timestamp now) {
  auto found = full_at_.find(k);
  if (rate == 0 || found == full_at_.end())
    return now;
  // After a clock was set back, nobody is kept out for longer than by an empty bucket.
  found->second = std::min<timestamp>(found->second, now + burst);
  return found->second + time_of_one(rate) - burst;
}

void request_rates::fill(const key& k, std::int64_t rate, timestamp now) {
  if (rate == 0)
    return;
  auto& full_at = full_at_.try_emplace(k, now).first->second;
  full_at = std::clamp<timestamp>(full_at, now, now + burst) + time_of_one(rate);
}

/// Full buckets are as good as unknown ones. If there are still too many, all start anew.
void request_rates::forget_full_ones(timestamp now) {
  std::erase_if(full_at_, [now](const auto& bucket) { return bucket.second <= now; });
  if (full_at_.size() + 2 > settings_.max_remembered)
    full_at_.clear();
}

}  // namespace musterd
