#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <optional>
#include <string_view>

namespace musterd {

/// What a row `t` of audit.chain_tail says of where its chain ends, for `noted_months`: never much, whatever
/// is in it.
inline constexpr std::string_view noted_months_sql =
    "CASE WHEN cardinality(t.months) <= 12 THEN left(array_to_string(t.months, ',', '?'), 100) ELSE '?' END";

/// How many months a chain's end is noted in at most; the table refuses more.
inline constexpr std::size_t most_noted = 12;

/// Nothing where no writer notes months so: too many, or what is no month. The chain may end anywhere then.
std::optional<std::vector<audit_month>> noted_months(std::string_view of_row);

}  // namespace musterd
