#pragma once

#include "http/transport/held_bytes.hpp"

#include <mutex>
#include <string>

namespace musterd {

/// How many bytes of large bodies are kept, all together and of each network: a token that nobody has looked
/// at yet buys no more than that. Thread-safe.
class body_budget {
 public:
  /// A network has a quarter of it, but everybody has room for one `largest` body.
  body_budget(std::size_t most, std::size_t largest);

  /// False, and nothing is counted, when there is no room. The network without a name has no share.
  [[nodiscard]] bool take(const std::string& network, std::size_t bytes);
  void give_back(const std::string& network, std::size_t bytes);

 private:
  std::size_t most_, most_of_a_network_;
  std::mutex mutex_;
  std::size_t held_ = 0;
  held_bytes<std::string> by_network_;
};

}  // namespace musterd
