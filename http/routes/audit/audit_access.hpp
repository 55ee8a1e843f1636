#pragma once

#include "domain/audit/audit_view.hpp"
#include "http/routing/access_control.hpp"
#include "http/routing/access_rule.hpp"

/// Who may see and export which part of the trail: FINANCIAL entries have keys of their own.
namespace musterd {

inline access_rule may_view_audit() {
  return access::any_permission("security:audit_entry:view", access::covered_people,
                                {"security:financial_audit:view"}, {"security:audit_payload:view"});
}
inline access_rule may_export_audit() {
  return access::any_permission("security:audit_entry:export", access::covered_people,
                                {"security:financial_audit:export"}, {"security:audit_payload:view"});
}

/// Where the caller holds `key`; nullopt if nowhere.
inline std::optional<audit_reach> reach_of(const caller& who, std::string_view key) {
  const auto* held = who.holding(key);
  return held ? std::optional{audit_reach{held->everywhere, held->locations}} : std::nullopt;
}

inline audit_rights rights_of(const caller& who, std::string_view general, std::string_view financial) {
  // A payload may concern several shops, so a permission at some of them does not show it.
  const auto* payload = who.holding("security:audit_payload:view");
  return {reach_of(who, general), reach_of(who, financial), payload != nullptr && payload->everywhere};
}

}  // namespace musterd
