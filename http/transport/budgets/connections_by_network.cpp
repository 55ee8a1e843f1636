#include "http/transport/budgets/connections_by_network.hpp"

#include <algorithm>

namespace musterd {

connections_by_network::connections_by_network(std::size_t most, std::vector<address_block> proxies)
    : most_{most}, proxies_{std::move(proxies)} {}

std::optional<std::string> connections_by_network::open(std::string_view address) {
  auto network = counted_network(address);
  bool unlimited = is_proxy(address);
  std::lock_guard lock{mutex_};
  auto& count = open_[network];
  if (count >= most_ && !unlimited)
    return std::nullopt;
  ++count;
  return network;
}

bool connections_by_network::is_proxy(std::string_view address) const {
  auto parsed = parse_address(address);
  return parsed && std::ranges::any_of(proxies_, [&](const auto& p) { return p.contains(*parsed); });
}

void connections_by_network::close(const std::string& network) {
  std::lock_guard lock{mutex_};
  if (auto found = open_.find(network); found != open_.end() && --found->second == 0)
    open_.erase(found);
}

}  // namespace musterd
