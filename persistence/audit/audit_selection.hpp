#pragma once

#include "common/text/uuid.hpp"
#include "common/time/time.hpp"

#include <optional>

namespace musterd {

/// The part of the trail to verify; all by default.
struct audit_selection {
  std::optional<tenant_uuid> tenant;
  /// Half-open, by entry time.
  std::optional<timestamp> date_from, date_to;

  bool is_whole() const { return !date_from && !date_to; }
};

}  // namespace musterd
