#pragma once

#include "persistence/audit/stored_entry.hpp"
#include "persistence/audit/trail_query.hpp"

#include <map>
#include <set>

namespace musterd {

/// What entries say is gone from beside the trail: values of people who were erased, and from where requests
/// came, by its age. Each is verified before it is believed, wherever it stands: its hash is keyed, so an
/// entry that follows from the hash before it is ours.
class erasure_claims {
 public:
  explicit erasure_claims(const audit_key& key) : key_{key} {}

  /// Of any time: what is gone from a part of the trail was erased later. One look-up for each entry and one
  /// for what it follows.
  void read(trail_query& trail);

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
  claimed believed_, refused_;
};

}  // namespace musterd
