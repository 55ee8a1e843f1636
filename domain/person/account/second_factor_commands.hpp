#pragma once

#include "domain/access/faults.hpp"
#include "domain/kernel/nothing.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"

namespace musterd {

/// Begins, or begins anew, after the password was found right; sign-ins ask for it once it is confirmed.
struct enrol_second_factor {
  static constexpr std::string_view name = "enrol_second_factor";
  static constexpr int success_status = 201;
  using answer = second_factor_view;
  using body = nothing;
  static constexpr std::array faults{user_not_found, password_changed_meanwhile, second_factor_active};

  user_uuid user_id;
  std::string sealed_secret;
  /// Of the credential that the password was compared with.
  std::int64_t credential_version = 0;
};
BOOST_DESCRIBE_STRUCT(enrol_second_factor, (), (user_id, sealed_secret, credential_version))
person_rule<enrol_second_factor> decide;

/// Shows that the authenticator has the secret.
struct confirm_second_factor {
  static constexpr std::string_view name = "confirm_second_factor";
  static constexpr int success_status = 200;
  using answer = second_factor_view;
  using body = nothing;
  static constexpr std::array faults{user_not_found, second_factor_not_pending};

  user_uuid user_id;
  factor_proof shown;
  std::vector<std::string> recovery_hashes;
};
BOOST_DESCRIBE_STRUCT(confirm_second_factor, (), (user_id, shown, recovery_hashes))
person_rule<confirm_second_factor> decide;

/// By its user, who has to show it; or by somebody with authority over them.
struct remove_second_factor {
  static constexpr std::string_view name = "remove_second_factor";
  static constexpr int success_status = 204;
  using answer = nothing;
  using body = nothing;
  static constexpr std::array faults{user_not_found, second_factor_not_found, exceeds_own_authority};

  user_uuid user_id;
  std::optional<factor_proof> shown;
};
BOOST_DESCRIBE_STRUCT(remove_second_factor, (), (user_id, shown))
person_rule<remove_second_factor> decide;

}  // namespace musterd
