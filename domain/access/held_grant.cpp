#include "domain/access/held_grant.hpp"

namespace musterd {
namespace {

template <class Counts>
held_places places_of(held_grants held, const Counts& counts) {
  held_places result;
  for (const auto& g : held) {
    if (!counts(g))
      continue;
    if (g.is_everywhere())  // nothing can add to that
      return {true};
    if (!result.covers(g.location_id))
      result.locations.push_back(g.location_id);
  }
  return result;
}

}  // namespace

bool allows(held_grants held, permission_index permission, const std::optional<location_uuid>& place,
            timestamp at, const role_catalog& roles) {
  return std::ranges::any_of(held, [&](const held_grant& g) {
    return g.holds_at(at) && g.reaches(place) && g.gives(permission, roles);
  });
}

bool held_places::covers(location_uuid place) const {
  return everywhere || std::ranges::find(locations, place) != locations.end();
}

held_places where_held(held_grants held, permission_index permission, timestamp at,
                       const role_catalog& roles) {
  return places_of(held, [&](const held_grant& g) { return g.holds_at(at) && g.gives(permission, roles); });
}

held_places where_held(held_grants held, timestamp at) {
  return places_of(held, [&](const held_grant& g) { return g.holds_at(at); });
}

std::vector<held_span> when_held(held_grants held, permission_index permission,
                                 const std::optional<location_uuid>& place, const role_catalog& roles) {
  std::vector<held_span> all;
  for (const auto& g : held)
    if (g.start < g.end && g.reaches(place) && g.gives(permission, roles))
      all.push_back({g.start, g.end});
  std::ranges::sort(all, {}, &held_span::from);
  std::vector<held_span> result;
  for (const auto& span : all) {
    if (result.empty() || result.back().until < span.from)
      result.push_back(span);
    else
      result.back().until = std::max(result.back().until, span.until);
  }
  return result;
}

}  // namespace musterd
