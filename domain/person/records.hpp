#pragma once

#include "domain/access/role_catalog.hpp"

/// Rows of a human's identity: one person, perhaps a user, its roles, its sessions.
namespace musterd {

inline constexpr std::string_view person_record = "person";

/// Whether a person has access. The same on the person and its user, which change together (D-22).
enum class access_status { active, disabled, terminated };
BOOST_DESCRIBE_ENUM(access_status, active, disabled, terminated)

struct person {
  person_uuid person_id;
  std::string first_name;
  std::string last_name;
  std::optional<std::string> primary_email;
  access_status status = access_status::active;
  /// S90-F5b: since when, and why.
  timestamp status_effective_at{};
  std::optional<std::string> status_reason_code;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const person&, const person&) = default;
};
BOOST_DESCRIBE_STRUCT(person, (),
                      (person_id, first_name, last_name, primary_email, status, status_effective_at,
                       status_reason_code, created_at, updated_at, version))
template <>
struct table_of<person> : versioned_table<"people.person", "person_id"> {};

struct user_account {
  user_uuid user_id;
  musterd::person_uuid person_id;
  /// Unique per tenant, ignoring case (D-30).
  std::string username;
  std::optional<std::string> email;
  /// The name an external issuer knows this user by.
  std::optional<std::string> subject;
  access_status status = access_status::active;
  timestamp status_effective_at{};
  std::optional<std::string> status_reason_code;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const user_account&, const user_account&) = default;
};
BOOST_DESCRIBE_STRUCT(user_account, (),
                      (user_id, person_id, username, email, subject, status, status_effective_at,
                       status_reason_code, created_at, updated_at, version))
template <>
struct table_of<user_account> : versioned_table<"security.app_user", "user_id"> {};

/// The hash that a password is verified against. Only ever in its table, never in a state or view.
struct user_credential {
  user_uuid user_id;
  std::string password_hash;
  timestamp changed_at{};
  std::int64_t version = 1;
  /// The password can only be used to change it.
  bool must_change = false;
  friend bool operator==(const user_credential&, const user_credential&) = default;
};
BOOST_DESCRIBE_STRUCT(user_credential, (), (user_id, password_hash, changed_at, version, must_change))
template <>
struct table_of<user_credential> : versioned_table<"security.user_credential", "user_id"> {};

/// The people side's own link from a user to the person behind it (S91-AC3); written by the consumer of
/// UserProvisioned.
struct user_person_link {
  user_uuid user_id;
  musterd::person_uuid person_id;
  std::optional<event_uuid> event_id;
  timestamp linked_at{};
};
BOOST_DESCRIBE_STRUCT(user_person_link, (), (user_id, person_id, event_id, linked_at))
template <>
struct table_of<user_person_link> : insert_table<"people.user_person_link", "user_id"> {};

/// A role for a user, everywhere or at one shop, in [effective_start_date, effective_end_date) (S89-F11).
struct role_assignment {
  role_assignment_uuid assignment_id;
  user_uuid user_id;
  role_uuid role_id;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::optional<location_uuid> location_id;
  timestamp effective_start_date{};
  std::optional<timestamp> effective_end_date;
  timestamp created_at{};
  timestamp updated_at{};
  uuid changed_by;
  std::optional<std::string> reason_code;
  std::int64_t version = 1;

  bool holds_at(timestamp now) const {
    return effective_start_date <= now && (!effective_end_date || now < *effective_end_date);
  }
  friend bool operator==(const role_assignment&, const role_assignment&) = default;
};
BOOST_DESCRIBE_STRUCT(role_assignment, (),
                      (assignment_id, user_id, role_id, scope_type, location_id, effective_start_date,
                       effective_end_date, created_at, updated_at, changed_by, reason_code, version))
template <>
struct table_of<role_assignment> : versioned_table<"people.role_assignment", "assignment_id"> {};

/// A person's work at a shop, in [effective_start_at, effective_end_at) (S86-F10,
/// `PersonLocationAssignment`).
struct location_assignment {
  location_assignment_uuid assignment_id;
  musterd::person_uuid person_id;
  location_uuid location_id;
  /// "MECHANIC"; not an access role.
  std::string role;
  bool is_primary = false;
  timestamp effective_start_at{};
  std::optional<timestamp> effective_end_at;
  timestamp created_at{};
  timestamp updated_at{};
  uuid created_by;
  uuid updated_by;
  std::optional<std::string> change_reason_code;
  std::int64_t version = 1;

  bool holds_at(timestamp now) const {
    return effective_start_at <= now && (!effective_end_at || now < *effective_end_at);
  }
  bool over_at(timestamp now) const { return effective_end_at && *effective_end_at <= now; }
  friend bool operator==(const location_assignment&, const location_assignment&) = default;
};
BOOST_DESCRIBE_STRUCT(location_assignment, (),
                      (assignment_id, person_id, location_id, role, is_primary, effective_start_at,
                       effective_end_at, created_at, updated_at, created_by, updated_by, change_reason_code,
                       version))
template <>
struct table_of<location_assignment> : versioned_table<"people.location_assignment", "assignment_id"> {};

enum class revoke_reason {
  signed_out,
  token_reused,
  too_many_sessions,
  password_changed,
  access_ended,
  ended_by_user,
  ended_by_administrator
};
BOOST_DESCRIBE_ENUM(revoke_reason, signed_out, token_reused, too_many_sessions, password_changed,
                    access_ended, ended_by_user, ended_by_administrator)

/// A sign-in and all refresh tokens derived from it; only the latest is valid. Keeps only a hash of its
/// secret.
struct refresh_family {
  token_family_uuid family_id;
  user_uuid user_id;
  std::string secret_hash;
  /// Counts the family's tokens from 1.
  std::int64_t generation = 1;
  timestamp created_at{};
  timestamp rotated_at{};
  timestamp expires_at{};
  std::optional<timestamp> revoked_at;
  std::optional<musterd::revoke_reason> revoke_reason;
  std::int64_t version = 1;

  bool live_at(timestamp now) const { return !revoked_at && now < expires_at; }
  friend bool operator==(const refresh_family&, const refresh_family&) = default;
};
BOOST_DESCRIBE_STRUCT(refresh_family, (),
                      (family_id, user_id, secret_hash, generation, created_at, rotated_at, expires_at,
                       revoked_at, revoke_reason, version))
template <>
struct table_of<refresh_family> : versioned_table<"security.refresh_token_family", "family_id"> {};

/// A session's origin and client; a separate row, so that readers of the session need not know.
struct session_origin {
  token_family_uuid family_id;
  user_uuid user_id;
  std::string client_network;
  std::optional<std::string> user_agent;
};
BOOST_DESCRIBE_STRUCT(session_origin, (), (family_id, user_id, client_network, user_agent))
template <>
struct table_of<session_origin> : insert_table<"security.session_origin", "family_id"> {};

}  // namespace musterd
