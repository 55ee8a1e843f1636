#include "http/connections_by_network.hpp"

#include "http/auth/login_throttle.hpp"

namespace musterd {

connections_by_network::connections_by_network(std::size_t most, const std::vector<std::string>& exempt)
    : most_{most} {
  for (const auto& address : exempt)
    exempt_.insert(throttled_network(address));
}

bool connections_by_network::open(const std::string& network) {
  std::lock_guard lock{mutex_};
  auto& count = open_[network];
  if (count >= most_ && !exempt_.contains(network))
    return false;
  ++count;
  return true;
}

void connections_by_network::close(const std::string& network) {
  std::lock_guard lock{mutex_};
  if (auto found = open_.find(network); found != open_.end() && --found->second == 0)
    open_.erase(found);
}

}  // namespace musterd
