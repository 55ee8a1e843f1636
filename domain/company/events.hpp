#pragma once

#include "domain/access/user_management.hpp"
#include "domain/company/records.hpp"
#include "domain/kernel/decision.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"

#include <variant>

/// Events of a company. They carry the record as it is afterwards and, for the audit trail, as it was before.
namespace musterd {

struct role_created {
  role after;
  friend bool operator==(const role_created&, const role_created&) = default;
};

struct role_updated {
  role before, after;
  friend bool operator==(const role_updated&, const role_updated&) = default;
};

/// Which command changed what a role grants.
enum class grant_change { granted, revoked, replaced };

struct role_grants_changed {
  grant_change change;
  role before, after;
  friend bool operator==(const role_grants_changed&, const role_grants_changed&) = default;
};

struct permission_registered {
  std::optional<registered_permission> before;
  registered_permission after;
  friend bool operator==(const permission_registered&, const permission_registered&) = default;
};

struct location_created {
  location after;
  friend bool operator==(const location_created&, const location_created&) = default;
};

struct location_updated {
  location before, after;
  friend bool operator==(const location_updated&, const location_updated&) = default;
};

enum class service_change { created, updated, revoked, secret_added, secret_ended };

struct service_changed {
  service_change change;
  std::optional<service> before;
  service after;
  friend bool operator==(const service_changed&, const service_changed&) = default;
};

using company_event = std::variant<role_created, role_updated, role_grants_changed, permission_registered,
                                   location_created, location_updated, admin_departure, service_changed>;
using company_events = std::vector<company_event>;
template <class Answer>
using company_decision = outcome<decision<company_event, Answer>>;
template <class Command>
using company_rule = rule<company_state, company_event, Command>;

/// Applies an event to the state.
void evolve(company_state& state, const company_event& event);

/// Whether roles or shops changed, by which others are decided about. A registered permission is in no role
/// yet.
inline bool is_relied_on(const company_event& event) {
  return !std::holds_alternative<permission_registered>(event);
}

/// Rows and audit entry of one event.
void add_effects(effects& out, const company_event& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
