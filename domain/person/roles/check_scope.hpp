#pragma once

#include "common/fault.hpp"
#include "domain/access/role_catalog.hpp"

namespace musterd {

/// S89-R7. Fault: 400 with the message of S89-AC4.
outcome<void> check_scope(const role& r, scope_type scope);

}  // namespace musterd
