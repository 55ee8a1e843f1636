#pragma once

#include "domain/commit.hpp"
#include "persistence/audit_chain.hpp"

#include <pqxx/pqxx>

#include <deque>
#include <map>
#include <span>
#include <unordered_map>

namespace musterd {

/// Opens a chain for a tenant: reads where the chains before it end and writes that down, with a hash over
/// it. Its head has `seq` 0. In the caller's transaction.
chain_head open_chain(pqxx::transaction_base& tx, const audit_key& key, tenant_uuid tenant);

/// The chains of one journal writer, one per tenant, each opened when the tenant first writes. Not
/// thread-safe.
///
/// `link` gives the rows of a batch their places; exactly one of `committed`, `rolled_back` and `lost` then
/// says what became of them.
class chain_writer {
 public:
  explicit chain_writer(audit_key key) : key_{key} {}

  /// The writes of all units, in order, audit entries with their places. Valid until the next call. Opening a
  /// chain is a transaction of its own; throws what libpqxx throws, and nothing is linked then.
  std::vector<const row_write*> link(pqxx::connection& db, std::span<const commit_unit* const> units);

  /// The heads move on.
  void committed();
  /// The heads stay.
  void rolled_back() { drafts_.clear(); }
  /// Nobody knows where the chains end now: new ones are opened.
  void lost();

  /// How many entries of each category were committed since the last call.
  std::map<std::string, std::int64_t> take_counts() { return std::exchange(counts_, {}); }

 private:
  audit_key key_;
  std::unordered_map<tenant_uuid, chain_head> heads_, drafts_;
  std::deque<row_write> linked_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace musterd
