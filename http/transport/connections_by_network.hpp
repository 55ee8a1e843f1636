#pragma once

#include "http/message/client_address.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace musterd {

/// How many connections each network has open (an IPv4 address, or the /64 of an IPv6 address), so that none
/// takes all of them. Thread-safe; remembers only who is connected.
class connections_by_network {
 public:
  /// `proxies` may have as many as they like: behind them everybody looks the same.
  connections_by_network(std::size_t most, std::vector<address_block> proxies);

  /// The network that the connection counts for until it is closed; nothing, and nothing is counted, when
  /// that has as many as it may.
  [[nodiscard]] std::optional<std::string> open(std::string_view address);
  void close(const std::string& network);
  bool is_proxy(std::string_view address) const;

 private:
  std::size_t most_;
  std::vector<address_block> proxies_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> open_;
};

}  // namespace musterd
