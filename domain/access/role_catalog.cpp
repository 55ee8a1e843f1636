#include "domain/access/role_catalog.hpp"

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
  auto index = static_cast<permission_index>(permission_keys.size() + foreign_keys_.size());
  foreign_keys_.push_back(key);
  foreign_indexes_.emplace(key, index);
  return index;
}

std::optional<permission_index> role_catalog::index_of(std::string_view key) const {
  auto found = foreign_indexes_.find(key);
  return found == foreign_indexes_.end() ? find_permission(key) : found->second;
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
