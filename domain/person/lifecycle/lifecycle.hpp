#pragma once

#include "domain/access/faults.hpp"
#include "domain/offboarding/views.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"

/// Removing a user's access and restoring it (Story 90; D-25).
namespace musterd {

/// User and person, which change together.
struct access_view {
  user_account user;
  musterd::person person;
};
BOOST_DESCRIBE_STRUCT(access_view, (), (user, person))

/// And the case for the remaining work. "case" on the wire.
struct deactivation_view : access_view {
  case_view case_;
};
BOOST_DESCRIBE_STRUCT(deactivation_view, (access_view), (case_))

struct deactivation {
  std::optional<std::string> status_reason_code;
  std::optional<musterd::assignment_termination> assignment_termination;
  std::optional<timestamp> end_assignments_at;
};
BOOST_DESCRIBE_STRUCT(deactivation, (), (status_reason_code, assignment_termination, end_assignments_at))

/// Story 90.
struct disable_user : deactivation {
  static constexpr std::string_view name = "disable_user";
  static constexpr int success_status = 200;
  using answer = deactivation_view;
  using body = deactivation;
  static constexpr std::array faults{user_not_found, user_already_disabled,        cannot_disable_self,
                                     last_admin,     keep_assignments_not_allowed, exceeds_own_authority};

  musterd::user_uuid user_id;
};
BOOST_DESCRIBE_STRUCT(disable_user, (deactivation), (user_id))
person_rule<disable_user> decide;

struct status_reason {
  std::optional<std::string> status_reason_code;
};
BOOST_DESCRIBE_STRUCT(status_reason, (), (status_reason_code))

/// Restores access; what has ended stays ended.
struct enable_user : status_reason {
  static constexpr std::string_view name = "enable_user";
  static constexpr int success_status = 200;
  using answer = access_view;
  using body = status_reason;
  static constexpr std::array faults{user_not_found, user_not_disabled, user_terminated,
                                     exceeds_own_authority};

  musterd::user_uuid user_id;
};
BOOST_DESCRIBE_STRUCT(enable_user, (status_reason), (user_id))
person_rule<enable_user> decide;

/// Final: nothing leaves TERMINATED.
struct terminate_user : status_reason {
  static constexpr std::string_view name = "terminate_user";
  static constexpr int success_status = 200;
  using answer = deactivation_view;
  using body = status_reason;
  static constexpr std::array faults{user_not_found, user_already_terminated, cannot_disable_self, last_admin,
                                     exceeds_own_authority};

  musterd::user_uuid user_id;
};
BOOST_DESCRIBE_STRUCT(terminate_user, (status_reason), (user_id))
person_rule<terminate_user> decide;

/// `command` is its name.
constexpr bool is_deactivation(std::string_view command) {
  return command == disable_user::name || command == terminate_user::name;
}

/// Why disabling, or one option of it, is not possible.
struct disable_obstacle {
  std::string code;
  std::string message;
  std::optional<assignment_termination> option;
};
BOOST_DESCRIBE_STRUCT(disable_obstacle, (), (code, message, option))

/// Options for a confirmation dialog (S90-F4).
struct disable_options_view {
  bool can_disable = false;
  std::vector<assignment_termination> options;
  /// Absent if the request must say.
  std::optional<assignment_termination> default_option;
  std::vector<disable_obstacle> reasons;
  /// Allowed values of `statusReasonCode`.
  std::vector<std::string> reason_codes;
};
BOOST_DESCRIBE_STRUCT(disable_options_view, (), (can_disable, options, default_option, reasons, reason_codes))

struct get_disable_options {
  static constexpr std::string_view name = "get_disable_options";
  static constexpr int success_status = 200;
  static constexpr bool is_query = true;
  using answer = disable_options_view;
  static constexpr std::array faults{user_not_found};

  musterd::user_uuid user_id;
  /// Whether the caller holds people:user:keep_assignments.
  bool may_keep_assignments = false;
  /// Names of the `guarded_powers` that nobody would hold at some time without this user.
  std::vector<std::string> nobody_else;
};
BOOST_DESCRIBE_STRUCT(get_disable_options, (), (user_id, may_keep_assignments, nobody_else))
person_rule<get_disable_options> decide;

void validate(const disable_user& c, std::vector<field_error>& errors);

}  // namespace musterd
