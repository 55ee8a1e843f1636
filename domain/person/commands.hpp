#pragma once

#include "domain/access/faults.hpp"
#include "domain/company/faults.hpp"
#include "domain/kernel/version_check.hpp"
#include "domain/person/account/second_factor_commands.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"
#include "domain/person/held_data/erase_person.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"
#include "domain/person/placements/placement_commands.hpp"
#include "domain/person/sessions/session_commands.hpp"

#include <variant>

/// What may be asked of a person's identity: user (Story 91) and roles (Story 89). Secrets are made and
/// hashed in `http/auth`; only hashes come here. `body` is what a request carries; other members come from
/// the path, from If-Match, from hashing.
namespace musterd {

/// Story 91's minimum of a person; Story 88 has more.
struct create_person {
  static constexpr std::string_view name = "create_person";
  static constexpr int success_status = 201;
  using answer = person;
  static constexpr std::array faults{person_entered_before};

  std::string first_name;
  std::string last_name;
  std::optional<std::string> primary_email;
};
BOOST_DESCRIBE_STRUCT(create_person, (), (first_name, last_name, primary_email))
person_rule<create_person> decide;

struct provisioning {
  musterd::person_uuid person_id;
  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> subject;
  std::optional<std::vector<role_uuid>> role_ids;
  std::optional<std::string> password;
};
BOOST_DESCRIBE_STRUCT(provisioning, (), (person_id, username, email, subject, role_ids, password))

/// Makes the user of a person, or finds it: the same username again is a success if the user has all that is
/// asked for (Story 91).
struct provision_user {
  static constexpr std::string_view name = "provision_user";
  static constexpr int success_status = 201;
  using answer = provisioning_view;
  using body = provisioning;
  static constexpr std::array faults{person_not_found, person_not_active, person_already_linked,
                                     username_taken,   subject_taken,     email_mismatch,
                                     role_not_found,   user_differs,      exceeds_own_authority};

  std::string username;
  std::optional<std::string> email;
  std::optional<std::string> subject;
  std::vector<role_uuid> role_ids;
  std::optional<std::string> password_hash;
  /// What is known of an existing user's link; only the people side writes it.
  link_status known_link = link_status::pending;
  /// Whether an existing user has another password than the one asked for.
  bool other_password = false;
};
BOOST_DESCRIBE_STRUCT(provision_user, (),
                      (username, email, subject, role_ids, password_hash, known_link, other_password))
person_rule<provision_user> decide;

/// Sets a password and ends all sessions.
struct set_password {
  static constexpr std::string_view name = "set_password";
  static constexpr int success_status = 204;
  using answer = nothing;
  static constexpr std::array faults{user_not_found, user_terminated, old_password_required,
                                     password_changed_meanwhile, exceeds_own_authority};

  user_uuid user_id;
  std::string password_hash;
  /// What hashing found out; decided about here, where repeated requests are told apart. Of the credential of
  /// this version:
  std::int64_t compared_version = 0;
  /// its password was shown as the old one,
  bool old_was_shown = false;
  /// or the new password is that of it.
  bool is_present_one = false;
};
BOOST_DESCRIBE_STRUCT(set_password, (),
                      (user_id, password_hash, compared_version, old_was_shown, is_present_one))
person_rule<set_password> decide;

/// S89-F6.
struct assign_role {
  static constexpr std::string_view name = "assign_role";
  static constexpr int success_status = 201;
  using answer = role_assignment;
  static constexpr std::array faults{user_not_found, role_not_found, location_not_found, user_terminated,
                                     exceeds_own_authority};

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
person_rule<assign_role> decide;

struct assignment_changes {
  /// null: for ever.
  std::optional<std::optional<timestamp>> effective_end_date;
  std::optional<std::string> reason_code;
  std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(assignment_changes, (), (effective_end_date, reason_code, version))

/// S89-F8: only the end may change (S89-R6), or go. What still holds afterwards must be allowed by the role.
struct change_assignment : assignment_changes {
  static constexpr std::string_view name = "change_assignment";
  static constexpr int success_status = 200;
  using answer = role_assignment;
  using body = assignment_changes;
  static constexpr std::array faults{
      role_assignment_not_found, role_assignment_ended, version_conflict, precondition_failed, last_admin,
      exceeds_own_authority};

  role_assignment_uuid assignment_id;
  std::optional<std::int64_t> if_match;
};
BOOST_DESCRIBE_STRUCT(change_assignment, (assignment_changes), (assignment_id, if_match))
person_rule<change_assignment> decide;

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
  static constexpr std::array faults{role_assignment_not_found, role_assignment_ended, last_admin,
                                     exceeds_own_authority};

  role_assignment_uuid assignment_id;
};
BOOST_DESCRIBE_STRUCT(end_assignment, (assignment_end), (assignment_id))
person_rule<end_assignment> decide;

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
