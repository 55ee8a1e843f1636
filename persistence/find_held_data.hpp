#pragma once

#include "domain/person/held_data.hpp"
#include "persistence/people_scope.hpp"

namespace musterd {

struct held_data_limits {
  std::int64_t size = 100;
  /// The `next_page_token` of the page before.
  std::optional<std::string> token = {};
};

/// The person, unless the tenant has no such person or the scope does not reach them: 404 PERSON_NOT_FOUND.
outcome<data_subject> find_data_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                        const people_scope& scope, person_uuid person);

/// A page of everything that is held about somebody; each costs the same, however much there is. The last one
/// may be empty. Throws `page_token_refused`.
held_data find_held_data(pqxx::transaction_base& tx, tenant_uuid tenant, const data_subject& whose,
                         const held_data_limits& limits);

}  // namespace musterd
