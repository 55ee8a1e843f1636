#pragma once

#include "domain/offboarding/records.hpp"

#include <vector>

namespace musterd {

/// A case actor's state. The history is only in the database.
struct offboarding_state {
  /// Absent if there is no such case.
  std::optional<offboarding_case> opened;
  std::vector<case_command> commands;

  const case_command* find(uuid command) const;
  friend bool operator==(const offboarding_state&, const offboarding_state&) = default;
};
BOOST_DESCRIBE_STRUCT(offboarding_state, (), (opened, commands))

}  // namespace musterd
