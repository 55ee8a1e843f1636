#pragma once

#include "domain/audit/audit_personal.hpp"
#include "persistence/audit/chain/audit_chain.hpp"
#include "persistence/sql/row_stream.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// An entry as the trail has it, with its place in its chain.
struct stored_entry {
  tenant_uuid tenant;
  audit_entry entry;
  /// Nil for a row that no writer of ours chained.
  uuid chain_id;
  std::int64_t chain_seq = 0;
  /// Zero when there is none.
  chain_hash entry_hash{};
  /// What it says of people.
  recorded_values personal;
};

/// What to select for `read_entry`: "SELECT {} FROM audit.entry e".
const std::string& stored_entry_columns();

/// Nothing when the row holds what no program of ours writes.
std::optional<stored_entry> read_entry(const text_row& row);
/// Columns behind those of `stored_entry_columns` are not looked at.
std::optional<stored_entry> read_entry(const pqxx::row& row);

}  // namespace musterd
