#pragma once

#include "common/fault.hpp"
#include "domain/person/account/second_factor.hpp"
#include "http/auth/factors/secret_box.hpp"
#include "http/auth/factors/totp.hpp"
#include "persistence/find/access/find_second_factor.hpp"

namespace musterd {

/// What the user shows besides the password: one of the two.
struct shown_factor {
  std::optional<std::string> totp_code;
  std::optional<std::string> recovery_code;
};
BOOST_DESCRIBE_STRUCT(shown_factor, (), (totp_code, recovery_code))

void validate(const shown_factor& shown, std::vector<field_error>& errors);

/// Makes and checks second factors; the only place that can read their secrets. Thread-safe.
class second_factors {
 public:
  /// `issuer`: the name under which authenticators list the account.
  second_factors(secret_box box, std::string issuer) : box_{box}, issuer_{std::move(issuer)} {}

  /// A new secret, as stored in the database and as shown to its user this once.
  struct new_secret {
    std::string sealed;
    std::string shown;
    std::string otpauth_uri;
  };
  new_secret make(tenant_uuid tenant, user_uuid user, std::string_view username) const;

  /// 80 random bits each, so a fast hash will do.
  struct recovery_codes {
    std::vector<std::string> shown;
    std::vector<std::string> hashes;
  };
  static recovery_codes make_recovery_codes();

  /// Nullopt if nothing is shown. Fault: INTERNAL_ERROR if the secret was sealed under another key.
  outcome<std::optional<factor_proof>> prove(tenant_uuid tenant, user_uuid user, const stored_factor& factor,
                                             const shown_factor& shown, timestamp now) const;

 private:
  secret_box box_;
  std::string issuer_;
};

}  // namespace musterd
