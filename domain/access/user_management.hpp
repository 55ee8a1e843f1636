#pragma once

#include "domain/kernel/table.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// Who can give access back, and who may give everything: a company must keep somebody who can, everywhere,
/// and for at least as long as whoever could before.
inline constexpr std::string_view manages_users_permission = "people:user:enable",
                                  any_authority = "security:authority:any";
inline constexpr std::array guarded_permissions{manages_users_permission, any_authority};

/// What is said when the last one would go.
constexpr std::string_view nobody_left(std::string_view guarded) {
  return guarded == any_authority ? "Nobody would be left who may give everything."
                                  : "Nobody would be left who can manage users.";
}

/// Goes with every change that takes a guarded permission from somebody for some time, now or later, or from
/// a role. The database refuses it when nobody would be left at some instant of it (LAST_ADMIN), whichever
/// node decides what at the same time.
struct admin_departure {
  uuid departure_id;
  /// Who departs; or which role no longer does it.
  std::optional<musterd::user_uuid> user_id;
  std::optional<musterd::role_uuid> role_id;
  std::string permission_key;
  /// From when and until when it would have been held; nothing: without end. What a role takes is what its
  /// holders have.
  std::optional<timestamp> lost_until;
  timestamp departed_at{};
  friend bool operator==(const admin_departure&, const admin_departure&) = default;
};
BOOST_DESCRIBE_STRUCT(admin_departure, (),
                      (departure_id, user_id, role_id, permission_key, lost_until, departed_at))
template <>
struct table_of<admin_departure> : insert_table<"security.admin_departure", "departure_id"> {};

}  // namespace musterd
