#pragma once

#include "common/fault.hpp"
#include "domain/kernel/nothing.hpp"
#include "domain/person/account/sign_in_policy.hpp"
#include "domain/person/state.hpp"

/// Answers of a person; none holds a hash.
namespace musterd {

/// A session, as the token routes need it to issue tokens.
struct session_view {
  token_family_uuid family_id;
  user_uuid user_id;
  person_uuid person_id;
  std::int64_t generation = 1;
  timestamp signed_in_at{};
  timestamp expires_at{};
  /// The only action open to its tokens.
  std::optional<musterd::required_action> required_action;
};
BOOST_DESCRIBE_STRUCT(session_view, (),
                      (family_id, user_id, person_id, generation, signed_in_at, expires_at, required_action))

/// `session` is absent if the token had been used before; the session has then been ended.
struct rotation_view {
  std::optional<session_view> session;
};
BOOST_DESCRIBE_STRUCT(rotation_view, (), (session))

struct revocation_view {
  bool revoked = false;
};
BOOST_DESCRIBE_STRUCT(revocation_view, (), (revoked))

struct ended_sessions_view {
  std::int64_t ended = 0;
};
BOOST_DESCRIBE_STRUCT(ended_sessions_view, (), (ended))

/// Whether the people side has linked user and person (D-33).
enum class link_status { pending, linked, failed };
BOOST_DESCRIBE_ENUM(link_status, pending, linked, failed)

/// POST /api/security/users/provision.
struct provisioning_view {
  user_uuid user_id;
  person_uuid person_id;
  std::string username;
  access_status status = access_status::active;
  musterd::link_status link_status = musterd::link_status::pending;
  bool resolved_existing = false;
  bool event_enqueued = false;
  std::string correlation_id;
  timestamp occurred_at{};

  int http_status() const { return resolved_existing ? 200 : 201; }
};
BOOST_DESCRIBE_STRUCT(provisioning_view, (),
                      (user_id, person_id, username, status, link_status, resolved_existing, event_enqueued,
                       correlation_id, occurred_at))

/// A location assignment after a command (Story 86), and the primary one that it ended, if any.
struct placement_view {
  location_assignment assignment;
  std::optional<location_assignment> demoted;

  std::int64_t resource_version() const { return assignment.version; }
};
BOOST_DESCRIBE_STRUCT(placement_view, (), (assignment, demoted))

/// The caller, before role names are known.
struct identity_view {
  musterd::person person;
  user_account user;
  std::vector<role_assignment> assignments;
};
BOOST_DESCRIBE_STRUCT(identity_view, (), (person, user, assignments))

/// A role held now.
struct held_role {
  role_assignment_uuid assignment_id;
  role_uuid role_id;
  std::string role_name;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::optional<location_uuid> location_id;
  timestamp effective_start_date{};
  std::optional<timestamp> effective_end_date;
};
BOOST_DESCRIBE_STRUCT(held_role, (),
                      (assignment_id, role_id, role_name, scope_type, location_id, effective_start_date,
                       effective_end_date))

/// Permissions in force now: everywhere, and at single shops by location id (S89-R8).
struct effective_permissions {
  std::vector<std::string> everywhere;
  std::map<std::string, std::vector<std::string>> by_location;
};
BOOST_DESCRIBE_STRUCT(effective_permissions, (), (everywhere, by_location))

/// GET /api/security/me.
struct me_view {
  user_account user;
  musterd::person person;
  std::vector<held_role> roles;
  effective_permissions permissions;
};
BOOST_DESCRIBE_STRUCT(me_view, (), (user, person, roles, permissions))

me_view make_me_view(const identity_view& who, const role_catalog& roles, timestamp now);

}  // namespace musterd
