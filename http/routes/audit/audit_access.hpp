#pragma once

#include "domain/audit/audit_view.hpp"
#include "http/routing/access/access_control.hpp"
#include "http/routing/access/access_rule.hpp"

/// Who may see and export which part of the trail: FINANCIAL has its own keys.
namespace musterd {

inline access_rule may_view_audit() {
  return access::any_permission({"security:audit_entry:view", "security:financial_audit:view"},
                                access::covered_people, {"security:audit_payload:view"});
}
inline access_rule may_export_audit() {
  return access::any_permission({"security:audit_entry:export", "security:financial_audit:export"},
                                access::covered_people, {"security:audit_payload:view"});
}

/// Where the caller holds a key that the route asks for; nothing: nowhere.
inline std::optional<held_places> reach_of(const caller& who, own_permission key) {
  const auto* where = who.holding(key);
  return where ? std::optional{*where} : std::nullopt;
}

inline audit_rights rights_of(const caller& who, own_permission general, own_permission financial) {
  // A payload may concern several shops: a permission at some does not show it.
  return {reach_of(who, general), reach_of(who, financial),
          who.holds_everywhere("security:audit_payload:view")};
}

}  // namespace musterd
