#pragma once

#include "persistence/audit/chain/chain_heads.hpp"

#include <span>

namespace musterd {

/// Who writes a chain: one session of the database. It holds an advisory lock of this number, and the chain's
/// id ends in it, so that everybody can tell whether a chain may still grow.
class chain_owner {
 public:
  /// A new one; takes the lock for the session.
  explicit chain_owner(pqxx::transaction_base& session);

  uuid new_chain_id() const;

 private:
  uuid id_;
};

/// Opens a chain for a tenant: names, with a hash over it, where the chains before it end. In the caller's
/// transaction; two for one tenant wait for each other.
///
/// The newest opening has named every chain that was not over then, so only these and its own are looked at,
/// however many there ever were. A chain that is over is named once more and never again. Where the writer
/// itself remembers a chain to end, that is named, whatever the database says.
chain_head open_chain(pqxx::transaction_base& tx, const audit_key& key, const chain_owner& owner,
                      tenant_uuid tenant, const audit_month& month,
                      std::span<const chain_head> remembered = {});

/// Where the last entry of a chain may be from now on.
void note_months(pqxx::transaction_base& tx, const chain_place& place);

/// Whether the trail, if there is one, was written with this key.
bool is_key_of_trail(pqxx::transaction_base& tx, const audit_key& key);

}  // namespace musterd
