#pragma once

#include "common/known_fault.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"
#include "domain/person/placements/placement_commands.hpp"
#include "domain/person/sessions/session_commands.hpp"

#include <variant>

/// What may be asked of a person's identity. Secrets are made and hashed in `http/auth`; only hashes come
/// here. `body` is what a request carries; other members come from the path, from If-Match, from hashing.
namespace musterd {

/// Story 91's minimum of a person; Story 88 has more.
struct create_person {
  static constexpr std::string_view name = "create_person";
  static constexpr int success_status = 201;
  using answer = person;

  std::string first_name;
  std::string last_name;
  std::optional<std::string> primary_email;
};
BOOST_DESCRIBE_STRUCT(create_person, (), (first_name, last_name, primary_email))

struct provisioning {
  musterd::person_uuid person_id;
  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> subject;
  std::optional<std::vector<role_uuid>> role_ids;
  std::optional<std::string> password;
};
BOOST_DESCRIBE_STRUCT(provisioning, (), (person_id, username, email, subject, role_ids, password))

/// Makes the user of a person, or finds it: the same username for the same person again is a success (Story
/// 91) if the user has all that is asked for.
struct provision_user {
  static constexpr std::string_view name = "provision_user";
  static constexpr int success_status = 201;
  using answer = provisioning_view;
  using body = provisioning;
  static constexpr std::array faults{
      known::not_found("PERSON_NOT_FOUND"),     known::conflict("PERSON_NOT_ACTIVE"),
      known::conflict("PERSON_ALREADY_LINKED"), known::conflict("USERNAME_TAKEN"),
      known::conflict("SUBJECT_TAKEN"),         known::conflict("EMAIL_MISMATCH"),
      known::not_found("ROLE_NOT_FOUND"),       known::conflict("USER_DIFFERS"),
      known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> subject;
  std::vector<role_uuid> role_ids;
  std::optional<std::string> password_hash;
  /// What is known of the link if there is a user already; only the people side writes it.
  link_status known_link = link_status::pending;
  /// Whether a user that is there already signs in with another password than the one asked for.
  bool other_password = false;
};
BOOST_DESCRIBE_STRUCT(provision_user, (),
                      (username, email, subject, role_ids, password_hash, known_link, other_password))

/// Sets a password and ends all sessions.
struct set_password {
  static constexpr std::string_view name = "set_password";
  static constexpr int success_status = 204;
  using answer = nothing;
  static constexpr std::array faults{known::not_found("USER_NOT_FOUND"), known::conflict("USER_TERMINATED"),
                                     known::conflict("OLD_PASSWORD_REQUIRED"),
                                     known::conflict("PASSWORD_CHANGED"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  user_uuid user_id;
  std::string password_hash;
  /// What was found out where it is hashed; decided about here, behind the answer to a request that is
  /// repeated. Of the credential of this version:
  std::int64_t compared_version = 0;
  /// its password was shown as the old one,
  bool old_was_shown = false;
  /// or the new password is that of it.
  bool is_present_one = false;
};
BOOST_DESCRIBE_STRUCT(set_password, (),
                      (user_id, password_hash, compared_version, old_was_shown, is_present_one))

/// S89-F6.
struct assign_role {
  static constexpr std::string_view name = "assign_role";
  static constexpr int success_status = 201;
  using answer = role_assignment;
  static constexpr std::array faults{known::not_found("USER_NOT_FOUND"), known::not_found("ROLE_NOT_FOUND"),
                                     known::not_found("LOCATION_NOT_FOUND"),
                                     known::conflict("USER_TERMINATED"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  user_uuid user_id;
  role_uuid role_id;
  musterd::scope_type scope_type = musterd::scope_type::global;
  std::optional<location_uuid> location_id;
  timestamp effective_start_date{};
  std::optional<timestamp> effective_end_date;
  std::optional<std::string> reason_code;
};
BOOST_DESCRIBE_STRUCT(assign_role, (),
                      (user_id, role_id, scope_type, location_id, effective_start_date, effective_end_date,
                       reason_code))

struct assignment_changes {
  /// null: for ever.
  std::optional<std::optional<timestamp>> effective_end_date;
  std::optional<std::string> reason_code;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(assignment_changes, (), (effective_end_date, reason_code, version))

/// S89-F8: only the end may change (S89-R6), or go. What still holds afterwards must be allowed by the role,
/// as if it were created.
struct change_assignment : assignment_changes {
  static constexpr std::string_view name = "change_assignment";
  static constexpr int success_status = 200;
  using answer = role_assignment;
  using body = assignment_changes;
  static constexpr std::array faults{known::not_found("ASSIGNMENT_NOT_FOUND"),
                                     known::conflict("ASSIGNMENT_ENDED"), known::conflict("VERSION_CONFLICT"),
                                     known::conflict("LAST_ADMIN"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  role_assignment_uuid assignment_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(change_assignment, (assignment_changes), (assignment_id, if_match))

struct assignment_end {
  std::optional<timestamp> effective_end_date;
  std::optional<std::string> reason_code;
};
BOOST_DESCRIBE_STRUCT(assignment_end, (), (effective_end_date, reason_code))

/// S89-F9: now, unless it says when.
struct end_assignment : assignment_end {
  static constexpr std::string_view name = "end_assignment";
  static constexpr int success_status = 200;
  using answer = role_assignment;
  using body = assignment_end;
  static constexpr std::array faults{known::not_found("ASSIGNMENT_NOT_FOUND"),
                                     known::conflict("ASSIGNMENT_ENDED"), known::conflict("LAST_ADMIN"),
                                     known::forbidden("EXCEEDS_OWN_AUTHORITY")};

  role_assignment_uuid assignment_id;
};
BOOST_DESCRIBE_STRUCT(end_assignment, (assignment_end), (assignment_id))

using person_command =
    std::variant<open_session, rotate_refresh, revoke_session, end_session, end_sessions, enrol_second_factor,
                 confirm_second_factor, remove_second_factor, create_person, provision_user, set_password,
                 assign_role, change_assignment, end_assignment, place_person, change_placement,
                 end_placement, disable_user, terminate_user, enable_user, get_disable_options, erase_person>;

/// Field rules that the types cannot express.
void validate(const create_person& c, std::vector<field_error>& errors);
void validate(const provisioning& c, std::vector<field_error>& errors);
void validate(const assign_role& c, std::vector<field_error>& errors);
void validate(const change_assignment& c, std::vector<field_error>& errors);
void validate(const end_assignment& c, std::vector<field_error>& errors);
/// A new password of somebody.
void validate_password(const std::string& password, std::vector<field_error>& errors);

}  // namespace musterd
