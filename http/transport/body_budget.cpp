#include "http/transport/body_budget.hpp"

#include <algorithm>

namespace musterd {

body_budget::body_budget(std::size_t most, std::size_t largest)
    : most_{std::max(most, largest)}, most_of_a_network_{std::max(most / 4, largest)} {}

bool body_budget::take(const std::string& network, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  if (held_ + bytes > most_)
    return false;
  if (!network.empty()) {
    auto found = by_network_.find(network);
    auto held = found == by_network_.end() ? 0 : found->second;
    if (held + bytes > most_of_a_network_)
      return false;
    by_network_[network] = held + bytes;
  }
  held_ += bytes;
  return true;
}

void body_budget::give_back(const std::string& network, std::size_t bytes) {
  std::lock_guard lock{mutex_};
  held_ -= bytes;
  if (auto found = by_network_.find(network); found != by_network_.end() && (found->second -= bytes) == 0)
    by_network_.erase(found);
}

}  // namespace musterd
