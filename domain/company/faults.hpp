#pragma once

#include "common/known_fault.hpp"

/// How a company's roles, permissions, shops and services refuse.
namespace musterd {

inline constexpr auto role_not_found = not_found("ROLE_NOT_FOUND", "Role not found.");
inline constexpr auto role_name_taken = conflict("ROLE_NAME_TAKEN", "There is a role of this name.");
inline constexpr auto permission_not_found = not_found("PERMISSION_NOT_FOUND", "Permission not found.");
inline constexpr auto not_your_service_name =
    forbidden("NOT_YOUR_SERVICE_NAME", "serviceName must be the one as which you are signed in.");
inline constexpr auto too_many_permissions =
    conflict("TOO_MANY_PERMISSIONS", "A service has fewer permissions than this would make.");

inline constexpr auto location_not_found = not_found("LOCATION_NOT_FOUND", "Location not found.");
inline constexpr auto location_code_taken =
    conflict("LOCATION_CODE_TAKEN", "There is a location with this code.");

inline constexpr auto service_not_found = not_found("SERVICE_NOT_FOUND", "Service not found.");
inline constexpr auto service_name_taken = conflict("SERVICE_NAME_TAKEN", "There is a service of this name.");
inline constexpr auto too_many_secrets =
    conflict("TOO_MANY_SECRETS", "The service has two secrets; end one of them first.");
inline constexpr auto secret_not_found =
    not_found("SECRET_NOT_FOUND", "The service has no such secret, or it has ended.");

}  // namespace musterd
