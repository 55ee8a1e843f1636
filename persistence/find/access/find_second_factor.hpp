#pragma once

#include "domain/person/account/second_factor.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// The part of a user's second factor that codes are checked against.
struct stored_factor {
  uuid factor_id;
  factor_status status = factor_status::pending;
  std::string sealed_secret;
  std::int64_t recovery_codes_left = 0;
  timestamp changed_at{};
};
BOOST_DESCRIBE_STRUCT(stored_factor, (), (factor_id, status, sealed_secret, recovery_codes_left, changed_at))

/// nullopt if the user never had one or has removed it.
std::optional<stored_factor> find_second_factor(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                user_uuid user);

/// Whether a user of any company has one; false while its table does not exist yet.
bool has_second_factors(pqxx::transaction_base& tx);

}  // namespace musterd
