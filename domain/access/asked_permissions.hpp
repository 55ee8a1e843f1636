#pragma once

#include "domain/access/permissions.hpp"

/// Permissions that part of a command takes besides the one that opens its route. The route asks before it
/// does anything (hashing a password, say), the decision asks again (docs/decisions/0067).
namespace musterd {

/// Creating a user with roles also assigns them.
inline constexpr own_permission assigning_roles = "people:role_assignment:create";
/// Creating a role with permissions also grants them.
inline constexpr own_permission granting_permissions = "security:role_permission:grant";
/// Disabling a user whose assignments stay active.
inline constexpr own_permission keeping_assignments = "people:user:keep_assignments";

}  // namespace musterd
