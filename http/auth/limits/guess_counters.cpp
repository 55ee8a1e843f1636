#include "http/auth/limits/guess_counters.hpp"

#include <algorithm>

namespace musterd {

/// If the clock was set back, recorded times move with it: nobody waits longer than they were told.
void failure_counter::keep_up(const limits& l, timestamp now) {
  if (auto set_back = last_failure_ - now; set_back.count() > 0 && failures_ > 0) {
    last_failure_ -= set_back;
    one_forgotten_at_ -= set_back;
    blocked_until_ -= set_back;
  }
  if (now - last_failure_ > l.memory)
    forget();
  if (l.one_forgotten_in.count() == 0 || failures_ == 0)
    return;
  auto passed = std::max<std::int64_t>((now - one_forgotten_at_) / l.one_forgotten_in, 0);
  failures_ -= static_cast<int>(std::min<std::int64_t>(failures_, passed));
  one_forgotten_at_ += passed * l.one_forgotten_in;
}

std::chrono::seconds failure_counter::wait(const limits& l, timestamp now) {
  using std::chrono::seconds;
  keep_up(l, now);
  return now < blocked_until_ ? std::chrono::ceil<seconds>(blocked_until_ - now) : seconds{0};
}

std::chrono::seconds failure_counter::wait_to_begin(const limits& l, timestamp now) {
  auto most = l.at_once > 0 ? l.at_once : l.free + 1;
  bool too_many = under_way_ >= std::max(1, most - failures_);
  return std::max(wait(l, now), std::chrono::seconds{too_many ? 1 : 0});
}

void failure_counter::fail(const limits& l, timestamp now) {
  constexpr int most_doublings = 20;
  keep_up(l, now);
  if (failures_ == 0)
    one_forgotten_at_ = now;
  last_failure_ = now;
  if (++failures_ <= l.free)
    return;
  auto doublings = std::min(failures_ - l.free - 1, most_doublings);
  blocked_until_ = now + std::min(l.first_wait * (1 << doublings), l.longest_wait);
}

void guess_budget::keep_up(timestamp now) {
  auto set_back = std::max(last_spent_ - now, timestamp::duration::zero());
  full_at_ -= set_back;
  last_spent_ -= set_back;
}

std::chrono::seconds guess_budget::wait(const limits& l, timestamp now) {
  keep_up(now);
  auto affordable = now + l.refilled_in - price(l);
  return std::chrono::ceil<std::chrono::seconds>(
      std::max(full_at_ - affordable, timestamp::duration::zero()));
}

void guess_budget::spend(const limits& l, timestamp now) {
  keep_up(now);
  last_spent_ = now;
  full_at_ = std::max(full_at_, now) + price(l);
}

}  // namespace musterd
