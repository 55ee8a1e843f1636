#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <span>
#include <unordered_map>

namespace musterd {

/// Where a writer knows a chain to end, whatever the database says of it.
struct remembered_end {
  /// Of the last batch that was acknowledged.
  chain_head known;
  /// Where it ends if the batch under way is committed; after a connection lost in between nobody knows.
  std::optional<chain_head> in_doubt;
  /// In which the last entry may be.
  std::vector<audit_month> months;
};

/// The database ends a chain elsewhere than its writer did: somebody changed it meanwhile.
struct chain_difference {
  chain_head expected, found;
};

/// What `found` in the database (nothing: no entry) says of an end: a difference, unless it is where the
/// chain was known to end, or where the batch in doubt would have ended it. A batch is there as a whole or
/// not at all.
std::optional<chain_difference> difference(const remembered_end& end, const std::optional<chain_head>& found);

/// What one journal writer knows of the ends of its chains. It outlives the connection, and the writer's
/// actor: whoever ends a session and then cuts a chain finds that somebody remembers. Not thread-safe; shared
/// with whoever takes the writer's place.
class chain_memory {
 public:
  using grown_fn = std::function<void(const chain_head&)>;

  /// `grown` is told where a chain ends after each commit.
  explicit chain_memory(grown_fn grown = {}) : grown_{std::move(grown)} {}

  /// A comparison with the database, for the opening that follows.
  struct recollection {
    /// As memory has it where the two differ.
    std::vector<chain_head> heads;
    std::vector<chain_difference> differences;
  };
  /// Compares what is remembered of a tenant's chains; the sessions that wrote them must be over.
  recollection recall(pqxx::transaction_base& tx, tenant_uuid tenant);

  /// A chain was opened behind this comparison. Its ends stay known until a batch of the new chain is
  /// committed: an opening does not wait for the disk.
  void opened(const chain_head& head, const recollection& before);
  /// A batch is about to be sent that would end the tenant's newest chain here.
  void promise(const chain_head& head, std::vector<audit_month> months);
  void committed(tenant_uuid tenant);
  void rolled_back(tenant_uuid tenant);

  /// What a tenant's next batch must put on record.
  std::span<const chain_difference> unreported(tenant_uuid tenant) const;

 private:
  struct of_tenant {
    /// The newest last.
    std::vector<remembered_end> ends;
    std::vector<chain_difference> unreported;
  };

  std::unordered_map<tenant_uuid, of_tenant> tenants_;
  grown_fn grown_;
};

}  // namespace musterd
