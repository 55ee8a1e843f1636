#pragma once

#include "common/fault.hpp"

#include <string>
#include <string_view>

namespace musterd {

/// Words that a new password must not contain, and its least zxcvbn score, 0 to 4.
struct password_rules {
  std::string username;
  std::string tenant_code;
  int min_score = 2;
};

/// The first rule that a new password breaks, if any. Takes up to a few milliseconds.
std::vector<field_error> check_new_password(const std::string& password, const password_rules& rules);

/// The error for a new password that is the current one.
std::vector<field_error> password_repeated();

}  // namespace musterd
