#pragma once

#include "domain/access/role_catalog.hpp"

#include <optional>
#include <span>
#include <vector>

/// The one answer to "may this user?": what somebody holds, and what follows from it. Allow-only, deny by
/// default, the union of what all grants in force give (S89-R8, G-AUTH-1).
namespace musterd {

/// A role somebody holds, where and when, packed: a user's grants lie side by side in memory.
struct held_grant {
  role_assignment_uuid assignment_id;
  role_uuid role_id;
  /// Nil: everywhere.
  location_uuid location_id;
  timestamp start{};
  /// `timestamp::max()`: no end.
  timestamp end = timestamp::max();

  bool holds_at(timestamp at) const { return start <= at && at < end; }
  bool is_everywhere() const { return location_id.value.is_nil(); }
  /// No place: everywhere.
  bool reaches(const std::optional<location_uuid>& place) const {
    return is_everywhere() || (place && *place == location_id);
  }
  bool gives(permission_index permission, const role_catalog& roles) const {
    const auto* role = roles.find(role_id);
    return role != nullptr && role->grants.contains(permission);
  }
};
/// Without the window: only what is in force when it is asked for goes to other nodes.
BOOST_DESCRIBE_STRUCT(held_grant, (), (assignment_id, role_id, location_id))

using held_grants = std::span<const held_grant>;

/// May they do it there, at that instant? Exact to the microsecond, allocates nothing. Without a place only
/// what holds everywhere counts.
bool allows(held_grants held, permission_index permission, const std::optional<location_uuid>& place,
            timestamp at, const role_catalog& roles);

/// By default nowhere.
struct held_places {
  bool everywhere = false;
  /// Each once; empty if everywhere.
  std::vector<location_uuid> locations = {};

  bool nowhere() const { return !everywhere && locations.empty(); }
  bool covers(location_uuid place) const;
  friend bool operator==(const held_places&, const held_places&) = default;
};
BOOST_DESCRIBE_STRUCT(held_places, (), (everywhere, locations))

/// Where may they do it, at that instant? Allocates only for locations.
held_places where_held(held_grants held, permission_index permission, timestamp at,
                       const role_catalog& roles);
/// Where they hold any role at all.
held_places where_held(held_grants held, timestamp at);

/// [from, until); `until` is `timestamp::max()` when there is no end.
struct held_span {
  timestamp from{};
  timestamp until{};
  friend bool operator==(const held_span&, const held_span&) = default;
};

/// When may they do it there? In order, with gaps between.
std::vector<held_span> when_held(held_grants held, permission_index permission,
                                 const std::optional<location_uuid>& place, const role_catalog& roles);

}  // namespace musterd
