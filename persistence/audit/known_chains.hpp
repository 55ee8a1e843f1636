#pragma once

#include "persistence/audit/trail_query.hpp"

#include <map>
#include <set>

namespace musterd {

/// The chains that a verification has to do with, and what witnesses saw of them. Of a part of the trail
/// these are the chains with entries in it, those opened in its time, those that were written to when it
/// began, and the openings next behind it, which name where the others ended: what is read follows the part,
/// and not the trail.
struct known_chains {
  struct chain {
    chain_opening opening;
    chain_hash mac{};
    /// Its last entry, 0 without one.
    std::int64_t last = 0;
  };

  std::map<uuid, chain> verified;
  /// Where others end that were seen.
  std::map<uuid, std::int64_t> others;
  /// By openings and in the anchors.
  std::map<uuid, std::vector<chain_head>> seen;
  /// How far openings have named each chain.
  std::map<uuid, std::int64_t> named;
  /// Those verified that wait to be named for good.
  std::set<uuid> tails;

  /// Where a chain ends; nothing when it is not there.
  std::optional<std::int64_t> end_of(const uuid& id) const;
};

/// `with_entries` are chains that have some in a part of the trail.
known_chains read_chains(trail_query& trail, const std::map<uuid, chain_head>& anchors,
                         const std::vector<uuid>& with_entries);

}  // namespace musterd
