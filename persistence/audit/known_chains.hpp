#pragma once

#include "persistence/audit/trail_query.hpp"

#include <map>
#include <set>

namespace musterd {

/// The chains relevant to a verification, and what witnesses saw of them. For a part of the trail: those with
/// entries in it, opened in its time, or still written to at its start, and the next openings after it, which
/// name where the others ended. So the cost follows the part, not the trail.
struct known_chains {
  struct chain {
    chain_opening opening;
    chain_hash mac{};
    /// Its last entry; 0 without one.
    std::int64_t last = 0;
  };

  std::map<uuid, chain> verified;
  /// Where other chains that were seen end.
  std::map<uuid, std::int64_t> others;
  /// Heads seen by openings and anchors.
  std::map<uuid, std::vector<chain_head>> seen;
  /// How far openings have named each chain.
  std::map<uuid, std::int64_t> named;
  /// Verified chains not yet named for good.
  std::set<uuid> tails;

  /// Where a chain ends; nullopt if it is not there.
  std::optional<std::int64_t> end_of(const uuid& id) const;
};

/// `with_entries`: the chains with entries in a part of the trail.
known_chains read_chains(trail_query& trail, const std::map<uuid, chain_head>& anchors,
                         const std::vector<uuid>& with_entries);

}  // namespace musterd
