#pragma once

#include "domain/audit/audit.hpp"
#include "persistence/audit/chain/audit_key.hpp"

#include <optional>

/// The format of the chains (docs/decisions/0008-audit-chain.md). Pure, and pinned by tests to known values:
/// hashes computed differently tomorrow would incriminate everybody of today.
namespace musterd {

/// The end of a chain, which the next entry builds on. `seq` 0: only the opening exists, and the hash is its
/// hash.
struct chain_head {
  tenant_uuid tenant;
  uuid chain_id;
  std::int64_t seq = 0;
  chain_hash hash{};
  friend bool operator==(const chain_head&, const chain_head&) = default;
};

/// Which chains an opening names: all that could still grow, and the one opened before it; or, formerly,
/// those whose ends no earlier opening had named.
enum class opening_form { names_all_open, names_unnamed };

/// A chain's first record; holds the heads of earlier chains.
struct chain_opening {
  tenant_uuid tenant;
  uuid chain_id;
  timestamp opened_at{};
  /// By ascending chain id.
  std::vector<chain_head> earlier;
};

chain_hash hash_of(const audit_key& key, const chain_opening& opening,
                   opening_form form = opening_form::names_all_open);

/// The form of an opening with this hash; nullopt if it was altered or is not ours.
std::optional<opening_form> form_of(const audit_key& key, const chain_opening& opening,
                                    const chain_hash& mac);

/// The hash of an entry that follows `previous`.
chain_hash hash_of(const audit_key& key, const chain_head& previous, const row_write& entry);

/// The columns of audit.entry: those of `audit_entry`, then chain_id, chain_seq and entry_hash.
const table_spec& chained_entry_spec();

/// The entry's row, chained after `head`, which becomes the new head.
row_write link_entry(const audit_key& key, chain_head& head, const row_write& entry);

/// The hash as an element or parameter of type bytea.
std::string bytea_of(const chain_hash& hash);

}  // namespace musterd
