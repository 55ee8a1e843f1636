#pragma once

#include "domain/access/faults.hpp"
#include "domain/kernel/table.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

inline constexpr std::string_view manages_users_permission = "people:user:enable",
                                  any_authority = "security:authority:any";

/// All that it takes, the first of which names it.
using guarded_power = std::span<const std::string_view>;
inline constexpr std::array to_manage_users{manages_users_permission};
/// Who may give everything and has no way to give it helps nobody.
inline constexpr std::array to_give_everything{any_authority,
                                               std::string_view{"people:role_assignment:create"},
                                               std::string_view{"security:role_permission:grant"}};
/// A company must keep somebody who can give access back, and somebody who can give everything: everywhere,
/// with a password, and for at least as long as whoever could before.
inline constexpr std::array<guarded_power, 2> guarded_powers{to_manage_users, to_give_everything};

/// When the last one would go.
constexpr const known_fault& nobody_left(std::string_view guarded) {
  return guarded == any_authority ? last_owner : last_admin;
}

/// Goes with every change that takes a guarded power from somebody for some time, now or later, or a part of
/// it from a role. The database refuses it when nobody would be left at some instant of it (LAST_ADMIN),
/// whichever node decides what at the same time.
struct admin_departure {
  uuid departure_id;
  /// Who departs; or which role no longer does it.
  std::optional<musterd::user_uuid> user_id;
  std::optional<musterd::role_uuid> role_id;
  std::string permission_key;
  std::vector<std::string> needed_keys;
  /// From when and until when it would have been held; nothing: without end. What a role takes is what its
  /// holders have.
  std::optional<timestamp> lost_until;
  timestamp departed_at{};
  friend bool operator==(const admin_departure&, const admin_departure&) = default;
};
BOOST_DESCRIBE_STRUCT(admin_departure, (),
                      (departure_id, user_id, role_id, permission_key, needed_keys, lost_until, departed_at))
template <>
struct table_of<admin_departure> : insert_table<"security.admin_departure", "departure_id"> {};

}  // namespace musterd
