#include "domain/person/views.hpp"

namespace musterd {

me_view make_me_view(const identity_view& who, const role_catalog& roles, timestamp now) {
  me_view result{who.user, who.person, {}, {}};
  permission_set everywhere;
  std::map<std::string, permission_set> by_location;
  for (const auto& a : who.assignments) {
    const auto* found = roles.find(a.role_id);
    if (found == nullptr || !a.holds_at(now))
      continue;
    result.roles.push_back({a.assignment_id, a.role_id, found->role.role_name, a.scope_type, a.location_id,
                            a.effective_start_date, a.effective_end_date});
    if (a.scope_type == scope_type::global)
      everywhere.insert(found->grants);
    else if (a.location_id)
      by_location[to_string(*a.location_id)].insert(found->grants);
  }
  result.permissions.everywhere = roles.keys_of(everywhere);
  for (const auto& [place, set] : by_location)
    result.permissions.by_location[place] = roles.keys_of(set);
  return result;
}

}  // namespace musterd
