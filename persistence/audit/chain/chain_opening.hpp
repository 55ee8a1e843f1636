#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <span>

namespace musterd {

/// The writer of a chain: one database session. It holds an advisory lock whose number ends the chain's id,
/// so that anyone can tell whether the chain may still grow.
class chain_owner {
 public:
  /// Creates a new id and takes its lock for the session.
  explicit chain_owner(pqxx::transaction_base& session);

  uuid new_chain_id() const;

 private:
  uuid id_;
};

/// Opens a chain for a tenant: names, under a hash, where earlier chains end. In the caller's transaction;
/// two for one tenant wait for each other.
///
/// The newest opening names every chain that was not over then, so only those and its own are looked at,
/// however many there ever were. A finished chain is named once more, then never again. The writer's
/// remembered ends override the database's.
chain_head open_chain(pqxx::transaction_base& tx, const audit_key& key, const chain_owner& owner,
                      tenant_uuid tenant, const audit_month& month,
                      std::span<const chain_head> remembered = {});

/// Records which months may hold the chain's last entry from now on.
void note_months(pqxx::transaction_base& tx, const chain_place& place);

}  // namespace musterd
