#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <optional>
#include <string_view>

namespace musterd {

/// The months noted in a row `t` of audit.chain_tail, as text for `noted_months`; bounded, whatever the row
/// holds.
inline constexpr std::string_view noted_months_sql =
    "CASE WHEN cardinality(t.months) <= 12 THEN left(array_to_string(t.months, ',', '?'), 100) ELSE '?' END";

/// Months noted per chain at most; enforced by the table.
inline constexpr std::size_t most_noted = 12;

/// nullopt for anything no writer notes: too many months, or invalid ones. The chain may then end anywhere.
std::optional<std::vector<audit_month>> noted_months(std::string_view of_row);

}  // namespace musterd
