#pragma once

#include "domain/kernel/table.hpp"

#include <optional>

namespace musterd {

/// An audit entry on its way into the trail, which cannot be corrected: without card numbers, tokens and
/// passwords (common/text/redaction.hpp) in any of its texts, also where the record that changed keeps them.
/// Ids, instants and enumerations are what they are. Nothing if there are none, which costs a glance.
std::optional<row_write> without_secrets(const row_write& entry);

}  // namespace musterd
