#pragma once

#include "persistence/audit/chain/audit_chain.hpp"

#include <pqxx/transaction_base>

#include <optional>
#include <vector>

namespace musterd {

struct found_openings {
  struct ours {
    chain_opening opening;
    chain_hash mac{};
    opening_form form{};
  };
  /// The newest that is ours and unaltered.
  std::optional<ours> newest;
  /// Those newer than it, or all if there is none: not ours, or altered. Each head is its chain's before the
  /// first entry.
  std::vector<chain_head> others;
};

/// A tenant's openings, newest first, back to the newest that is ours, but at most a few hundred. Anyone with
/// write access to the database can add openings, and links to ours; only we can make matching hashes.
found_openings find_openings(pqxx::transaction_base& tx, const audit_key& key, tenant_uuid tenant);

/// Whether the trail, if any, was written with this key: it fits one of the newest 10,000 openings.
bool is_key_of_trail(pqxx::transaction_base& tx, const audit_key& key);

}  // namespace musterd
