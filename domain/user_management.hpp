#pragma once

#include "domain/table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// Who can give access back; a company must keep one who can, and for as long as there is one, one whose
/// right has no end.
inline constexpr std::string_view manages_users_permission = "people:user:enable";

/// Goes with every change that takes user management from somebody, or from a role. The database refuses it
/// when nobody would be left (LAST_ADMIN), whichever node decides what at the same time.
struct admin_departure {
  uuid departure_id;
  /// Who departs; or which role no longer does it.
  std::optional<musterd::user_uuid> user_id;
  std::optional<musterd::role_uuid> role_id;
  std::string permission_key;
  /// What is lost had no end.
  bool lasting = false;
  timestamp departed_at{};
  friend bool operator==(const admin_departure&, const admin_departure&) = default;
};
BOOST_DESCRIBE_STRUCT(admin_departure, (),
                      (departure_id, user_id, role_id, permission_key, lasting, departed_at))
template <>
struct table_of<admin_departure> : insert_table<"security.admin_departure", "departure_id"> {};

}  // namespace musterd
