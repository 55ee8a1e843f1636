#pragma once

#include "domain/audit/audit_view.hpp"
#include "persistence/audit/chain/audit_chain.hpp"
#include "persistence/sql/row_stream.hpp"

#include <pqxx/pqxx>

namespace musterd {

/// An entry as stored in the trail, with its place in its chain.
struct stored_entry {
  tenant_uuid tenant;
  audit_entry entry;
  /// Nil for a row not chained by our writers.
  uuid chain_id;
  std::int64_t chain_seq = 0;
  /// Zero if there is none.
  chain_hash entry_hash{};
  /// Personal values, stored next to the entry.
  recorded_values personal;
};

/// The columns for `read_entry`: "SELECT {} FROM audit.entry e".
const std::string& stored_entry_columns();

/// What is readable of a row, and which members are not.
struct entry_read {
  stored_entry stored;
  std::vector<std::string> unreadable;
};
entry_read read_what_fits(const text_row& row);
entry_read read_what_fits(const pqxx::row& row);

/// As shown by the API. Unreadable members count as altered.
audit_entry_view view_of(const entry_read& read, bool with_payload);

/// nullopt if the row holds anything that no program of ours writes.
std::optional<stored_entry> read_entry(const text_row& row);
/// Ignores columns after those of `stored_entry_columns`.
std::optional<stored_entry> read_entry(const pqxx::row& row);

}  // namespace musterd
