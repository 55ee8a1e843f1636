#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <span>
#include <unordered_map>

namespace musterd {

/// Where a writer knows a chain to end, whatever the database says.
struct remembered_end {
  /// Of the last acknowledged batch.
  chain_head known;
  /// The end if the batch in flight commits; after a connection lost meanwhile the outcome is unknown.
  std::optional<chain_head> in_doubt;
  /// Those that may hold the last entry.
  std::vector<audit_month> months;
};

/// The chain ends elsewhere in the database than its writer left it: somebody changed it.
struct chain_difference {
  chain_head expected, found;
};

/// Compares `found` in the database (nullopt: no entry) with a remembered end: a difference, unless it is the
/// known end or that of the batch in doubt. A batch is there as a whole or not at all.
std::optional<chain_difference> difference(const remembered_end& end, const std::optional<chain_head>& found);

/// What one journal writer knows of its chains' ends. Outlives the connection and the writer's actor, so that
/// cutting a chain after ending its session is noticed. Not thread-safe; shared with the writer's successor.
class chain_memory {
 public:
  using grown_fn = std::function<void(const chain_head&)>;

  /// `grown` is called with the chain's end after each commit.
  explicit chain_memory(grown_fn grown = {}) : grown_{std::move(grown)} {}

  /// A comparison with the database, for the opening that follows.
  struct recollection {
    /// As remembered, where the two differ.
    std::vector<chain_head> heads;
    std::vector<chain_difference> differences;
  };
  /// Compares the remembered ends of a tenant's chains; the sessions that wrote them must be over.
  recollection recall(pqxx::transaction_base& tx, tenant_uuid tenant);

  /// A chain was opened after this comparison. The compared ends stay known until a batch of the new chain
  /// commits, because an opening does not wait for the disk.
  void opened(const chain_head& head, const recollection& before);
  /// A batch about to be sent would end the tenant's newest chain here.
  void promise(const chain_head& head, std::vector<audit_month> months);
  void committed(tenant_uuid tenant);
  void rolled_back(tenant_uuid tenant);

  /// What the tenant's next batch must report.
  std::span<const chain_difference> unreported(tenant_uuid tenant) const;

 private:
  struct of_tenant {
    /// Newest last.
    std::vector<remembered_end> ends;
    std::vector<chain_difference> unreported;
  };

  std::unordered_map<tenant_uuid, of_tenant> tenants_;
  grown_fn grown_;
};

}  // namespace musterd
