#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace musterd {

/// How many connections each network has open (an IPv4 address, or the /64 of an IPv6 address), so that none
/// takes all of them. Thread-safe; remembers only who is connected.
class connections_by_network {
 public:
  /// `exempt`: networks that may have as many as they like: proxies, behind which everybody looks the same.
  connections_by_network(std::size_t most, const std::vector<std::string>& exempt);

  /// False, and nothing is counted, when the network has as many as it may.
  [[nodiscard]] bool open(const std::string& network);
  void close(const std::string& network);

 private:
  std::size_t most_;
  std::unordered_set<std::string> exempt_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace musterd
