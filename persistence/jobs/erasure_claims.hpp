#pragma once

#include "persistence/audit/stored_entry.hpp"
#include "persistence/sql/row_stream.hpp"

#include <functional>
#include <map>
#include <set>

namespace musterd {

/// What entries say is gone from beside the trail: values of people who were erased, and from where requests
/// came, by its age. Each is verified before it is believed, wherever it stands: its hash is keyed, so an
/// entry that follows from the hash before it is ours.
class erasure_claims {
 public:
  /// The hash of a chain's opening; nothing for a chain that is not there.
  using opening_fn = std::function<std::optional<chain_hash>(const uuid& chain_id)>;

  erasure_claims(const audit_key& key, opening_fn opening) : key_{key}, opening_{std::move(opening)} {}

  /// Of this tenant, or of all when it is empty. One look-up for each entry and one for the entry before it;
  /// `go_on` ends it when it answers false.
  void read(row_stream& db, const std::string& tenant, const std::function<bool()>& go_on);

  bool excuse(const stored_entry& of, const checked_value& gone) const;
  /// Whether an entry says so that is not what was written, or not ours.
  bool is_claimed_falsely(const stored_entry& of, const checked_value& gone) const;

 private:
  struct claimed {
    std::set<std::pair<uuid, uuid>> erased;
    std::map<uuid, timestamp> origins_before;

    void add(const stored_entry& entry);
    bool covers(const stored_entry& of, const checked_value& gone) const;
  };
  bool is_ours(const stored_entry& entry, const text_row& row) const;

  const audit_key& key_;
  opening_fn opening_;
  claimed believed_, refused_;
};

}  // namespace musterd
