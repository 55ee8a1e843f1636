#pragma once

#include "tests/amqp/world.hpp"

#include <algorithm>
#include <map>
#include <set>

/// Numbered events of several keys, and what has become of them.
namespace musterd::testing {

inline int number_in(const amqp_delivery& delivery) {
  return std::stoi(delivery.body.substr(delivery.body.find("\"number\":") + 9));
}

/// The first delivery of each message, per key: what a consumer with an inbox makes of it.
inline std::map<std::string, std::vector<int>> effects(const std::vector<amqp_delivery>& deliveries) {
  std::map<std::string, std::vector<int>> result;
  std::set<std::string> seen;
  for (const auto& delivery : deliveries)
    if (seen.insert(delivery.message_id).second)
      result[std::string{delivery.headers.at("key").as_string()}].push_back(number_in(delivery));
  return result;
}

inline std::vector<outgoing_event> events(const world& w, int count, const std::vector<uuid>& keys) {
  std::vector<outgoing_event> result;
  for (int i = 0; i < count; ++i)
    result.push_back(w.event(i, keys[static_cast<std::size_t>(i) % keys.size()]));
  return result;
}

inline bool in_order(const std::map<std::string, std::vector<int>>& effects, std::size_t count) {
  std::size_t total = 0;
  for (const auto& [key, numbers] : effects) {
    total += numbers.size();
    if (!std::is_sorted(numbers.begin(), numbers.end()))
      return false;
  }
  return total == count;
}

inline std::vector<uuid> some_keys(int count) {
  std::vector<uuid> keys;
  for (int i = 0; i < count; ++i)
    keys.push_back(uuid::generate());
  return keys;
}

}  // namespace musterd::testing
