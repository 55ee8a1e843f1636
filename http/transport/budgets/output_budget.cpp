#include "http/transport/budgets/output_budget.hpp"

namespace musterd {

output_budget::output_budget(std::size_t most) : most_{most} {}

bool output_budget::has_room(const holder& who, std::size_t bytes) const {
  auto all = large_.load();
  auto of_network = by_network_.of(who.network), of_user = by_user_.of(who.user);
  if (of_network == 0 && of_user == 0)
    return all == 0 || all + bytes <= most_ + most_ / 4;
  return all + bytes <= most_ && (of_network == 0 || of_network + bytes <= most_ / 4) &&
         (of_user == 0 || of_user + bytes <= most_ / 8);
}

bool output_budget::take(const holder& who, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  if (!has_room(who, bytes))
    return false;
  count_large(who, 0, bytes);
  return true;
}

void output_budget::change(const holder& who, std::size_t was, std::size_t now) {
  auto small = [](std::size_t bytes) { return bytes > small_answer ? 0 : bytes; };
  small_ += small(now) - small(was);  // modulo 2^64, so this may shrink it
  if (was <= small_answer && now <= small_answer)
    return;
  std::lock_guard lock{mutex_};
  count_large(who, was - small(was), now - small(now));
}

void output_budget::count_large(const holder& who, std::size_t was, std::size_t now) {
  large_ += now - was;
  if (!who.network.empty())
    by_network_.change(who.network, was, now);
  if (who.user != 0)
    by_user_.change(who.user, was, now);
}

bool output_budget::is_scarce() const {
  return is_full() || large_.load(std::memory_order_relaxed) > most_ - most_ / 4;
}

}  // namespace musterd
