#pragma once

#include "domain/person/account/second_factor.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// Of a user's second factor what codes are compared with.
struct stored_factor {
  uuid factor_id;
  factor_status status = factor_status::pending;
  std::string sealed_secret;
  std::int64_t recovery_codes_left = 0;
  timestamp changed_at{};
};
BOOST_DESCRIBE_STRUCT(stored_factor, (), (factor_id, status, sealed_secret, recovery_codes_left, changed_at))

/// Nothing for a user who never had one, or has it no more.
std::optional<stored_factor> find_second_factor(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                user_uuid user);

/// Whether any company's user has one; false where there is no table of them yet.
bool has_second_factors(pqxx::transaction_base& tx);

}  // namespace musterd
