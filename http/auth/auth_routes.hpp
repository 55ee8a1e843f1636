#pragma once

#include "domain/company/directories.hpp"
#include "http/auth/sign_in/sign_in.hpp"
#include "http/auth/tokens/token_access_control.hpp"
#include "http/routing/route_table.hpp"

namespace musterd {

/// /api/security/auth/{token,refresh,revoke}, /api/security/me,
/// /.well-known/{jwks.json,openid-configuration}. All members must outlive the table.
struct auth_services {
  sign_in& sessions;
  const token_issuer& issuer;
  ask_standing ask;
  const company_directories& companies;
};

void auth_routes(route_table& on, auth_services services);

}  // namespace musterd
