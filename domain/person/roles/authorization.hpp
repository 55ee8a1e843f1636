#pragma once

#include "domain/access/held_grant.hpp"
#include "domain/company/records.hpp"
#include "domain/person/state.hpp"

#include <algorithm>
#include <memory>

/// A user as decisions see it, and the answers to other services' questions, with the reason
/// (domain/access/held_grant.hpp decides).
namespace musterd {

/// What an assignment gives. Nothing for one that should name its shop and does not.
std::optional<held_grant> grant_of(const role_assignment& a);
std::vector<held_grant> grants_of(const std::vector<role_assignment>& assignments);

struct live_session {
  token_family_uuid family_id;
  timestamp expires_at{};
};

/// Immutable, replaced as a whole.
struct authorized_user {
  user_uuid user_id;
  person_uuid person_id;
  bool active = false;
  std::vector<held_grant> grants = {};
  std::vector<live_session> sessions = {};
  /// The version of the person's record at which this last lost something.
  std::int64_t relied_on = 0;
  /// Grants that ended before it may be missing.
  std::optional<timestamp> since{};

  /// Someone who is not active holds nothing.
  held_grants held() const { return active ? held_grants{grants} : held_grants{}; }
  bool has_live(token_family_uuid session, timestamp at) const {
    return std::ranges::any_of(sessions,
                               [&](const auto& s) { return s.family_id == session && at < s.expires_at; });
  }
  /// Whether everything in force then is here.
  bool knows(timestamp at) const { return !since || *since <= at; }
};

/// The user with what was in force at some instant before `since`.
std::shared_ptr<const authorized_user> with_past(const authorized_user& user,
                                                 const std::vector<role_assignment>& then);

/// Nothing for a person without user.
std::shared_ptr<const authorized_user> authorize(const person_state& state, std::int64_t relied_on = 0);

enum class decision_outcome { deny, allow };
BOOST_DESCRIBE_ENUM(decision_outcome, deny, allow)

/// For DENY what was missing: the nearest miss.
enum class decision_reason {
  granted,
  unknown_user,
  user_not_active,
  unknown_permission,
  not_granted,
  other_location,
  not_yet_effective,
  expired
};
BOOST_DESCRIBE_ENUM(decision_reason, granted, unknown_user, user_not_active, unknown_permission, not_granted,
                    other_location, not_yet_effective, expired)

/// POST /internal/authz/decisions.
struct decision_view {
  decision_outcome decision = decision_outcome::deny;
  decision_reason reason = decision_reason::not_granted;
  std::vector<role_assignment_uuid> matched_assignment_ids;
};
BOOST_DESCRIBE_STRUCT(decision_view, (), (decision, reason, matched_assignment_ids))

/// An assignment whose role grants the permission, and what it did to the decision.
struct considered_grant {
  role_assignment_uuid assignment_id;
  role_uuid role_id;
  std::string role_name;
  std::optional<location_uuid> location_id;
  timestamp effective_start_date{};
  std::optional<timestamp> effective_end_date;
  decision_reason reason = decision_reason::granted;
  /// For people: "expired 2026-01-10T23:59:59Z".
  std::string explanation;
};
BOOST_DESCRIBE_STRUCT(considered_grant, (),
                      (assignment_id, role_id, role_name, location_id, effective_start_date,
                       effective_end_date, reason, explanation))

/// POST /internal/authz/explain: what allowed it, or the nearest miss first.
struct explanation_view {
  decision_outcome decision = decision_outcome::deny;
  decision_reason reason = decision_reason::not_granted;
  std::string explanation;
  std::vector<considered_grant> considered;
};
BOOST_DESCRIBE_STRUCT(explanation_view, (), (decision, reason, explanation, considered))

/// `user` may be null; `permission` is empty when no role grants such a key.
struct decision_question {
  const authorized_user* user = nullptr;
  std::optional<permission_index> permission;
  std::optional<location_uuid> place;
  timestamp at{};
};

decision_view decide_authorization(const decision_question& q, const role_catalog& roles);
explanation_view explain_authorization(const decision_question& q, const role_catalog& roles);

}  // namespace musterd
