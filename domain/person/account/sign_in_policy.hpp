#pragma once

#include "common/fault.hpp"

#include <string>
#include <vector>

namespace musterd {

/// What a user has to do before anything else is open to them.
enum class required_action { change_password, enrol_second_factor };
BOOST_DESCRIBE_ENUM(required_action, change_password, enrol_second_factor)

/// 403, for everything but that action.
fault action_required(required_action action);

/// What a company's server demands of sign-ins.
struct sign_in_policy {
  /// Whether a password that somebody else set is only good for setting one's own.
  bool change_given_passwords = true;
  /// Whoever holds one of these roles, anywhere, needs a second factor. By name, in any case.
  std::vector<std::string> second_factor_roles = {};
};

inline const sign_in_policy& default_sign_in_policy() {
  static const sign_in_policy policy;
  return policy;
}

}  // namespace musterd
