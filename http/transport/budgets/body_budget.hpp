#pragma once

#include "http/transport/budgets/held_bytes.hpp"

#include <mutex>
#include <string>

namespace musterd {

/// Limits large request bodies in memory, in total and per network: an unchecked token buys no more.
/// Thread-safe.
class body_budget {
 public:
  /// A network's share is a quarter of `most`, but neither limit is below one `largest` body.
  body_budget(std::size_t most, std::size_t largest);

  /// False, counting nothing, if there is no room. The empty network has no limit of its own.
  [[nodiscard]] bool take(const std::string& network, std::size_t bytes);
  void give_back(const std::string& network, std::size_t bytes);

 private:
  std::size_t most_, most_of_a_network_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  held_bytes<std::string> by_network_;
};

}  // namespace musterd
