#pragma once

#include "persistence/audit/verify_audit.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

/// Audit entries in chains, and what an owner of the database could do to them.
namespace musterd::testing {

audit_entry entry_of(std::string type = "BREAK_STARTED",
                     audit_category category = audit_category::timekeeping);

/// The ends of chains in the file, for all tenants and times.
std::map<uuid, chain_head> all_of(const audit_anchors& anchors);

/// A company whose journal writes entries, with a file of anchors.
class audited_company {
 public:
  audited_company();
  ~audited_company();

  /// Commits each entry separately, with a new writer and so a new chain.
  void write_chain(int entries);
  journal_writer writer() { return journal_writer{rows.url(), key}; }
  /// Ends all sessions but ours.
  void end_sessions();
  /// What only an owner can do: runs with the triggers off.
  void tamper(const std::string& sql);
  void anchor();
  audit_verification verify(audit_selection selection = {}) const;
  /// What a verification finds, such as "CHANGED 3, MISSING 5".
  std::string findings(audit_selection selection = {}) const;

  migrated_database rows;
  audit_key key = audit_key::generate();
  std::string anchor_file;
};

}  // namespace musterd::testing
