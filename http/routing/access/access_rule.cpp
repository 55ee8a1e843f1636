#include "http/routing/access/access_rule.hpp"

namespace musterd {

std::optional<std::vector<held_permission>> opened_with(const access_rule& rule, held_grants grants,
                                                        timestamp now, const role_catalog& roles) {
  std::vector<held_permission> held;
  held.reserve(rule.keys.size() + rule.asked.size() + 1);
  auto hold = [&](own_permission key) {
    auto where = where_held(grants, key.index(), now, roles);
    if (where.nowhere())
      return false;
    held.push_back({key, std::move(where)});
    return true;
  };
  bool opened = false;
  if (rule.keys.empty()) {
    held.push_back({{}, where_held(grants, now)});
    opened = true;
  } else if (rule.keys.size() == 1) {
    opened = hold(rule.keys.front()) &&
             (held.front().where.everywhere || rule.kind != access_kind::permission_everywhere);
  } else {
    held.emplace_back();
    for (auto key : rule.keys)
      opened = hold(key) || opened;
  }
  if (!opened)
    return std::nullopt;
  for (auto key : rule.asked)
    hold(key);
  return held;
}

}  // namespace musterd
