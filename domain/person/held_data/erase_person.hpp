#pragma once

#include "domain/kernel/nothing.hpp"
#include "domain/person/events.hpp"
#include "domain/person/faults.hpp"

namespace musterd {

/// Replaces what tells who somebody was. PERSON_NOT_ERASABLE names every obstacle in its details. Of somebody
/// who is erased already: nothing more to do.
struct erase_person {
  static constexpr std::string_view name = "erase_person";
  static constexpr int success_status = 200;
  using answer = erasure_view;
  using body = nothing;
  static constexpr std::array faults{person_not_found, person_not_erasable};

  /// What other records have against it, as far as the database knew.
  std::vector<erasure_obstacle> elsewhere;
  /// How long after somebody left the profile must be kept.
  std::int64_t hold_days = 0;
};
BOOST_DESCRIBE_STRUCT(erase_person, (), (elsewhere, hold_days))
person_rule<erase_person> decide;

}  // namespace musterd
