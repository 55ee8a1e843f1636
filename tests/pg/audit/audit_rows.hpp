#pragma once

#include "persistence/audit/verify_audit.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

/// Audit entries in chains, and what an owner of the database could do to them.
namespace musterd::testing {

audit_entry entry_of(std::string type = "BREAK_STARTED",
                     audit_category category = audit_category::timekeeping);

/// Where the file has the chains end, of whichever tenant and time.
std::map<uuid, chain_head> all_of(const audit_anchors& anchors);

/// A company whose journal writes entries, and a file of anchors beside it.
class audited_company {
 public:
  audited_company();
  ~audited_company();

  /// Commits each entry by itself, on a new writer with a chain of its own.
  void write_chain(int entries);
  journal_writer writer() { return journal_writer{rows.url(), key}; }
  /// Ends the sessions of everybody but us.
  void end_sessions();
  /// What only an owner can do: the triggers are off meanwhile.
  void tamper(const std::string& sql);
  void anchor();
  audit_verification verify(audit_selection selection = {}) const;
  /// "CHANGED 3, MISSING 5": what a verification finds.
  std::string findings(audit_selection selection = {}) const;

  migrated_database rows;
  audit_key key = audit_key::generate();
  std::string anchor_file;
};

}  // namespace musterd::testing
