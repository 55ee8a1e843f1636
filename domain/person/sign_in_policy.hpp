#pragma once

#include "common/fault.hpp"

namespace musterd {

/// What a user has to do before anything else is open to them.
enum class required_action { change_password };
BOOST_DESCRIBE_ENUM(required_action, change_password)

/// 403, for everything but that action.
fault action_required(required_action action);

/// What a company's server demands of sign-ins.
struct sign_in_policy {
  /// Whether a password that somebody else set is only good for setting one's own.
  bool change_given_passwords = true;
};

inline const sign_in_policy& default_sign_in_policy() {
  static const sign_in_policy policy;
  return policy;
}

}  // namespace musterd
