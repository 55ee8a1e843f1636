#pragma once

#include "tests/http/time/desk.hpp"

namespace musterd::testing {

/// What makes codes of a secret in base32, as a phone does.
class authenticator {
 public:
  explicit authenticator(std::string secret) : secret_{std::move(secret)} {}

  /// The code of now, or of so many steps from now.
  std::string code(int steps_from_now = 0) const;
  /// One that is none of those around now.
  std::string wrong_code() const;
  /// Waits for a step that lasts long enough for what follows.
  static void wait_for_a_new_step();

 private:
  std::string secret_;
};

struct enrolled {
  authenticator phone;
  std::vector<std::string> recovery_codes;
};

/// Enrols a second factor of somebody whose password is `first_password`, and confirms it with the code of
/// the step before now.
enrolled enrol(http_client& http);

/// A sign-in with more than a password.
http_answer sign_in_with(company_server& at, const std::string& username, boost::json::object more,
                         const std::string& password = first_password);

}  // namespace musterd::testing
