#pragma once

#include "domain/kernel/commit.hpp"
#include "persistence/audit/chain/chain_memory.hpp"
#include "persistence/audit/chain/chain_opening.hpp"

#include <pqxx/pqxx>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>

namespace musterd {

/// The chains of one journal writer, one per tenant, each opened at the tenant's first write. Not
/// thread-safe.
///
/// After a lost session it compares its memory with the database, and reports differences in the trail, with
/// an alert.
///
/// `link` chains the entries of a batch; exactly one of `committed`, `rolled_back` and `lost` must follow.
class chain_writer {
 public:
  chain_writer(audit_key key, std::shared_ptr<chain_memory> memory) : key_{key}, memory_{std::move(memory)} {}

  /// There is a new connection: chains belong to the session that opened them.
  void connected();
  /// The writes of all units in order, with audit entries chained. Valid until the next call. Opening a chain
  /// is its own transaction; throws what libpqxx throws, with nothing linked.
  std::vector<const row_write*> link(pqxx::connection& db, std::span<const commit_unit* const> units);

  /// The heads advance.
  void committed();
  /// The heads stay.
  void rolled_back();
  /// The ends of the chains are unknown now: new ones are opened.
  void lost();

  /// Entries per category committed since the last call.
  std::map<std::string, std::int64_t> take_counts() { return std::exchange(counts_, {}); }
  /// Alerts committed since the last call.
  std::uint64_t take_alerts() { return std::exchange(alerts_, 0); }

 private:
  struct open_chain {
    chain_head head;
    /// Of the last entry; empty before the first.
    audit_month month;
    /// The months that the database has noted for the last entry.
    std::vector<audit_month> noted;
  };
  /// What a batch adds to a chain.
  struct draft {
    chain_head head;
    std::vector<audit_month> months;
  };

  draft& draft_of(pqxx::connection& db, tenant_uuid tenant, const audit_month& month);
  chain_head open_behind(pqxx::connection& db, tenant_uuid tenant, const audit_month& month);
  void add_entry(pqxx::connection& db, const row_write& entry, std::vector<const row_write*>& writes);
  void add_reports(draft& to, tenant_uuid tenant, std::vector<const row_write*>& writes);
  void link_to(draft& to, const row_write& entry, std::vector<const row_write*>& writes);
  void note_new_months(pqxx::connection& db);

  audit_key key_;
  std::shared_ptr<chain_memory> memory_;
  std::optional<chain_owner> owner_;
  std::unordered_map<tenant_uuid, open_chain> chains_;
  std::unordered_map<tenant_uuid, draft> drafts_;
  std::deque<row_write> linked_;
  /// Alerts about differences, and their messages.
  std::deque<row_write> reports_;
  std::map<std::string, std::int64_t> counts_;
  std::uint64_t alerts_ = 0, alerts_in_batch_ = 0;
};

}  // namespace musterd
