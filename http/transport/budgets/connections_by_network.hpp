#pragma once

#include "http/message/client_address.hpp"

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace musterd {

/// Counts open connections by network (IPv4 address or IPv6 /64), so that none takes them all. Thread-safe;
/// remembers only connected networks.
class connections_by_network {
 public:
  /// `proxies` are exempt: all clients behind them look the same.
  connections_by_network(std::size_t most, std::vector<address_block> proxies);

  /// The network the connection counts against until closed; nullopt, counting nothing, if that one is full.
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
