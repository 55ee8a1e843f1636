#include "domain/role_catalog.hpp"

namespace musterd {

void role_catalog::add(role r) {
  entry added{std::move(r), {}};
  for (const auto& key : added.role.permission_keys)
    added.grants.insert(index_for(key));
  auto id = added.role.role_id;
  roles_.insert_or_assign(id, std::move(added));
}

permission_index role_catalog::index_for(const std::string& key) {
  if (auto known = index_of(key))
    return *known;
  foreign_keys_.push_back(key);
  return static_cast<permission_index>(permission_keys.size() + foreign_keys_.size() - 1);
}

std::optional<permission_index> role_catalog::index_of(std::string_view key) const {
  if (auto own = find_permission(key))
    return own;
  auto found = std::find(foreign_keys_.begin(), foreign_keys_.end(), key);
  if (found == foreign_keys_.end())
    return std::nullopt;
  return static_cast<permission_index>(permission_keys.size() + (found - foreign_keys_.begin()));
}

std::string_view role_catalog::key_of(permission_index i) const {
  return i < permission_keys.size() ? permission_keys[i] : foreign_keys_.at(i - permission_keys.size());
}

std::vector<std::string> role_catalog::keys_of(const permission_set& set) const {
  std::vector<std::string> result;
  for (permission_index i = 0; i < permission_keys.size() + foreign_keys_.size(); ++i)
    if (set.contains(i))
      result.emplace_back(key_of(i));
  std::sort(result.begin(), result.end());
  return result;
}

}  // namespace musterd
