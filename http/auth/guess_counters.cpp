#include "http/auth/guess_counters.hpp"

#include <algorithm>

namespace musterd {

void failure_counter::forget_old(const limits& l, timestamp now) {
  if (now - last_failure_ > l.memory)
    forget();
}

std::chrono::seconds failure_counter::wait(const limits& l, timestamp now) {
  using std::chrono::seconds;
  forget_old(l, now);
  if (now < blocked_until_)
    return std::chrono::ceil<seconds>(blocked_until_ - now);
  return seconds{under_way_ > std::max(0, l.free - failures_) ? 1 : 0};
}

void failure_counter::fail(const limits& l, timestamp now) {
  constexpr int most_doublings = 20;
  forget_old(l, now);
  last_failure_ = now;
  if (++failures_ <= l.free)
    return;
  auto doublings = std::min(failures_ - l.free - 1, most_doublings);
  blocked_until_ = now + std::min(l.first_wait * (1 << doublings), l.longest_wait);
}

std::chrono::seconds guess_budget::wait(const limits& l, timestamp now) const {
  auto affordable = now + l.refilled_in - price(l);
  return std::chrono::ceil<std::chrono::seconds>(
      std::max(full_at_ - affordable, timestamp::duration::zero()));
}

void guess_budget::spend(const limits& l, timestamp now) {
  full_at_ = std::max(full_at_, now) + price(l);
}

}  // namespace musterd
