#pragma once

#include "common/fault.hpp"

#include <string>
#include <vector>

namespace musterd {

/// An action required of a user before anything else is allowed.
enum class required_action { change_password, enrol_second_factor };
BOOST_DESCRIBE_ENUM(required_action, change_password, enrol_second_factor)

/// 403 for everything but that action.
fault action_required(required_action action);

/// A server's requirements for signing in.
struct sign_in_policy {
  /// Whether a password that somebody else set can only be used to set one's own.
  bool change_given_passwords = true;
  /// Names, ignoring case, of roles whose holders, anywhere, need a second factor.
  std::vector<std::string> second_factor_roles = {};
};

inline const sign_in_policy& default_sign_in_policy() {
  static const sign_in_policy policy;
  return policy;
}

}  // namespace musterd
