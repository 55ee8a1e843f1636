#pragma once

#include "domain/access/user_management.hpp"
#include "domain/kernel/context.hpp"
#include "domain/kernel/decision.hpp"
#include "domain/kernel/effects.hpp"
#include "domain/kernel/facts.hpp"
#include "domain/offboarding/open_case.hpp"
#include "domain/person/state.hpp"

#include <variant>

/// Events of a person's identity. They carry the records as they are afterwards.
namespace musterd {

struct session_opened {
  refresh_family session;
  std::optional<std::string> client_network = {};
  friend bool operator==(const session_opened&, const session_opened&) = default;
};

struct session_rotated {
  refresh_family session;
  friend bool operator==(const session_rotated&, const session_rotated&) = default;
};

struct session_revoked {
  refresh_family session;
  friend bool operator==(const session_revoked&, const session_revoked&) = default;
};

struct person_created {
  musterd::person person;
  friend bool operator==(const person_created&, const person_created&) = default;
};

struct user_provisioned {
  user_account user;
  std::vector<role_assignment> assignments;
  event_uuid event_id;
  friend bool operator==(const user_provisioned&, const user_provisioned&) = default;
};

struct password_changed {
  user_credential credential;
  friend bool operator==(const password_changed&, const password_changed&) = default;
};

/// What happened to a second factor.
enum class factor_change { enrolled, confirmed, code_used, recovery_code_used, removed };

struct factor_changed {
  factor_change change;
  second_factor factor;
  friend bool operator==(const factor_changed&, const factor_changed&) = default;
};

/// Which command changed an assignment; named as S89-F13's audit events.
enum class assignment_change { created, modified, ended };

struct assignment_changed {
  assignment_change change;
  std::optional<role_assignment> before;
  role_assignment after;
  friend bool operator==(const assignment_changed&, const assignment_changed&) = default;
};

/// Disabled, terminated or enabled again; person and user as they are afterwards.
struct access_changed {
  musterd::person person;
  user_account user;
  /// For a deactivation, the work that is left.
  std::optional<opened_case> opened;
  friend bool operator==(const access_changed&, const access_changed&) = default;
};

/// What happened to a location assignment; named as S86-F15's event types.
enum class placement_change { created, updated, ended };

struct placement_changed {
  placement_change change;
  std::optional<location_assignment> before;
  location_assignment after;
  /// Ended because another assignment became the primary one.
  bool demoted = false;
  friend bool operator==(const placement_changed&, const placement_changed&) = default;
};

/// Person and user as they are called from now on.
struct person_erased {
  musterd::person person;
  std::optional<user_account> user;
  person_erasure erasure;
  friend bool operator==(const person_erased&, const person_erased&) = default;
};

using person_event = std::variant<session_opened, session_rotated, session_revoked, person_created,
                                  user_provisioned, password_changed, factor_changed, assignment_changed,
                                  placement_changed, access_changed, admin_departure, person_erased>;
using person_events = std::vector<person_event>;
template <class Answer>
using person_decision = outcome<decision<person_event, Answer>>;
template <class Command>
using person_rule = rule<person_state, person_event, Command>;

/// Applies an event to the state.
void evolve(person_state& state, const person_event& event);

/// Whether what others go by when this person acts changed otherwise than by growing.
inline bool is_relied_on(const person_event& event) {
  return !std::holds_alternative<session_opened>(event) && !std::holds_alternative<session_rotated>(event) &&
         !std::holds_alternative<placement_changed>(event);
}

/// Rows and audit entry of one event.
void add_effects(effects& out, const person_event& event, const request_context& ctx, id_source& ids);
void add_effects(effects& out, const placement_changed& event, const request_context& ctx, id_source& ids);
void add_effects(effects& out, const person_erased& event, const request_context& ctx, id_source& ids);

}  // namespace musterd
