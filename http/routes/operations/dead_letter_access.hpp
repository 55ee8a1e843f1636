#pragma once

#include "http/routes/operations/dead_letter_routes.hpp"
#include "persistence/find/find_dead_letters.hpp"

namespace musterd {

inline access_rule may_view_dead_letters() {
  return access::permission_everywhere("ops:dead_letter:view");
}
inline access_rule may_operate_dead_letters() {
  return access::permission_everywhere("ops:dead_letter:operate");
}

inline dead_letter_scope scope_of(const http_call& call, const dead_letter_services& services) {
  return {call.who.tenant, services.default_tenant};
}

}  // namespace musterd
