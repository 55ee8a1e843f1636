#pragma once

#include "domain/kernel/table.hpp"

#include <optional>

namespace musterd {

/// An audit entry without card numbers, tokens and passwords (common/text/redaction.hpp) in any of its texts,
/// because the trail cannot be corrected; even where the changed record itself keeps them. Ids, instants and
/// enumerations stay. nullopt if there are none, which is cheap to tell.
std::optional<row_write> without_secrets(const row_write& entry);

}  // namespace musterd
