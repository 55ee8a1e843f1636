#pragma once

#include "actors/outside_commit.hpp"
#include "domain/operations/alert.hpp"

namespace musterd {

/// Commits an alert that no entity decides on. Whoever raises it does not wait, and is told nothing.
void raise_alert(const outside_commit& commits, tenant_uuid tenant, const operator_alert& alert);

}  // namespace musterd
