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

/// The person, unless the tenant has no such person or the scope does not reach them: 404 PERSON_NOT_FOUND.
outcome<data_subject> find_data_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                        const people_scope& scope, person_uuid person);

/// Told of every entry of the trail that is handed out.
using entry_shown = std::function<void(const audit_entry_view&)>;

/// A page of everything that is held about somebody: as many records as asked for, or about a megabyte of
/// them. Each costs the same, however much there is. The last one may be empty; what this program cannot read
/// is `unreadable_record`. Throws `page_token_refused`.
held_data find_held_data(pqxx::transaction_base& tx, tenant_uuid tenant, const data_subject& whose,
                         const data_receiver& to, const held_data_limits& limits, const entry_shown& shown);

}  // namespace musterd
