#pragma once

#include "domain/person/held_data/held_data.hpp"
#include "persistence/sql/people_scope.hpp"

#include <functional>

namespace musterd {

struct held_data_limits {
  std::optional<std::string> page_token = {};
  std::int32_t page_size = 100;
  static constexpr std::array<std::string_view, 2> meanings{"The nextPageToken of the page before.",
                                                            "Records in a page, 1 to 500; 100 if left out."};
};
BOOST_DESCRIBE_STRUCT(held_data_limits, (), (page_token, page_size))
void validate(const held_data_limits& limits, std::vector<field_error>& errors);

/// 404 PERSON_NOT_FOUND unless the tenant has that person and the scope covers them.
outcome<data_subject> find_data_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                        const people_scope& scope, person_uuid person);

/// Called for every audit entry handed out.
using entry_shown = std::function<void(const audit_entry_view&)>;

/// A page of all data held about a person: the requested number of records, or about a megabyte. Every page
/// costs the same, however much there is. The last page may be empty; a record this program cannot read is
/// `unreadable_record`. Throws `page_token_refused`.
held_data find_held_data(pqxx::transaction_base& tx, tenant_uuid tenant, const data_subject& whose,
                         const data_receiver& to, const held_data_limits& limits, const entry_shown& shown);

}  // namespace musterd
