#pragma once

#include "domain/audit/audit.hpp"
#include "persistence/audit/chain/audit_key.hpp"

#include <optional>

/// The form of the chains (docs/decisions/0008-audit-chain.md). Pure: tests hold it to known values, because
/// a hash that is made otherwise tomorrow would accuse everybody of today.
namespace musterd {

/// Where a chain ends: what the next entry builds upon. With `seq` 0 only its opening is there, and the hash
/// is that of the opening.
struct chain_head {
  tenant_uuid tenant;
  uuid chain_id;
  std::int64_t seq = 0;
  chain_hash hash{};
  friend bool operator==(const chain_head&, const chain_head&) = default;
};

/// Which chains an opening names: those that could still grow, and itself behind them; or, as it once was,
/// those that no opening before it had named where they ended.
enum class opening_form { names_all_open, names_unnamed };

/// A chain's first record: it holds the heads of chains before it.
struct chain_opening {
  tenant_uuid tenant;
  uuid chain_id;
  timestamp opened_at{};
  /// In ascending order of chain ids.
  std::vector<chain_head> earlier;
};

chain_hash hash_of(const audit_key& key, const chain_opening& opening,
                   opening_form form = opening_form::names_all_open);

/// Of which form an opening with this hash is; nothing when it is not what was written, or not ours.
std::optional<opening_form> form_of(const audit_key& key, const chain_opening& opening,
                                    const chain_hash& mac);

/// The hash an entry has as the successor of `previous`.
chain_hash hash_of(const audit_key& key, const chain_head& previous, const row_write& entry);

/// The columns of audit.entry: those of `audit_entry`, then chain_id, chain_seq and entry_hash.
const table_spec& chained_entry_spec();

/// The entry's row with its place behind `head`, which becomes the new head.
row_write link_entry(const audit_key& key, chain_head& head, const row_write& entry);

/// Bytes as an element or a parameter of type bytea.
std::string bytea_of(const chain_hash& hash);

}  // namespace musterd
