#pragma once

#include "domain/person/events.hpp"

namespace musterd {

/// Rows, audit entry, event, case and log lines of a deactivation or its undoing.
void add_effects(effects& out, const access_changed& e, const request_context& ctx, id_source& ids);

}  // namespace musterd
