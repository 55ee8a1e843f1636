#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <optional>

namespace musterd {

/// What of the trail is to be verified; everything by default.
struct audit_selection {
  std::optional<tenant_uuid> tenant;
  /// Half-open; by the time of the entries.
  std::optional<timestamp> date_from, date_to;

  bool is_whole() const { return !date_from && !date_to; }
};

}  // namespace musterd
