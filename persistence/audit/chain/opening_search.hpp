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
  /// The newest that is what was written.
  std::optional<ours> newest;
  /// Of those in front of it, or of all: not ours, or not what was written. The head is that of their chain
  /// before its first entry.
  std::vector<chain_head> others;
};

/// A tenant's openings, the newest first, as far as the newest that is ours, and no further than a few
/// hundred. Whoever may write to the database can add openings, and links to ours; nobody else can make
/// hashes that fit.
found_openings find_openings(pqxx::transaction_base& tx, const audit_key& key, tenant_uuid tenant);

}  // namespace musterd
