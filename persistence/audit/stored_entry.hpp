#pragma once

#include "domain/audit/audit_view.hpp"
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

/// As much of a row as can be read, and which members cannot.
struct entry_read {
  stored_entry stored;
  std::vector<std::string> unreadable;
};
entry_read read_what_fits(const text_row& row);
entry_read read_what_fits(const pqxx::row& row);

/// As the API shows it. What cannot be read counts as altered.
audit_entry_view view_of(const entry_read& read, bool with_payload);

/// Nothing when the row holds what no program of ours writes.
std::optional<stored_entry> read_entry(const text_row& row);
/// Columns behind those of `stored_entry_columns` are not looked at.
std::optional<stored_entry> read_entry(const pqxx::row& row);

}  // namespace musterd
