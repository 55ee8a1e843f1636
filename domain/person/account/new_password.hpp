#pragma once

#include "common/fault.hpp"

#include <string>
#include <string_view>

namespace musterd {

/// What a new password must not be made of, and how hard to guess it must be: 0 to 4, as zxcvbn counts.
struct password_rules {
  std::string username;
  std::string tenant_code;
  int min_score = 2;
};

/// The first rule that a new password breaks, or nothing. Takes up to a few milliseconds.
std::vector<field_error> check_new_password(const std::string& password, const password_rules& rules);

/// The answer to a password that is the present one.
std::vector<field_error> password_repeated();

}  // namespace musterd
