#pragma once

#include "tests/http/time/desk.hpp"

namespace musterd::testing {

/// Makes codes from a secret in base32, as a phone does.
class authenticator {
 public:
  explicit authenticator(std::string secret) : secret_{std::move(secret)} {}

  /// The code of the current step, or of one this many steps away.
  std::string code(int steps_from_now = 0) const;
  /// A code that is wrong for all steps around now.
  std::string wrong_code() const;
  /// Waits for a step with enough time left for what follows.
  static void wait_for_a_new_step();

 private:
  std::string secret_;
};

struct enrolled {
  authenticator phone;
  std::vector<std::string> recovery_codes;
};

/// Enrols a second factor of somebody whose password is `first_password`, and confirms it with the previous
/// step's code.
enrolled enrol(http_client& http);

/// A sign-in with more than a password.
http_answer sign_in_with(company_server& at, const std::string& username, boost::json::object more,
                         const std::string& password = first_password);

}  // namespace musterd::testing
