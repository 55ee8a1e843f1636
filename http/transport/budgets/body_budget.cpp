#include "http/transport/budgets/body_budget.hpp"

#include <algorithm>

namespace musterd {

body_budget::body_budget(std::size_t most, std::size_t largest)
    : most_{std::max(most, largest)}, most_of_a_network_{std::max(most / 4, largest)} {}

bool body_budget::take(const std::string& network, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  if (held_ + bytes > most_)
    return false;
  if (!network.empty()) {
    if (by_network_.of(network) + bytes > most_of_a_network_)
      return false;
    by_network_.change(network, 0, bytes);
  }
  held_ += bytes;
  return true;
}

void body_budget::give_back(const std::string& network, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  held_ -= bytes;
  if (!network.empty())
    by_network_.change(network, bytes, 0);
}

}  // namespace musterd
