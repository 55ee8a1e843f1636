#pragma once

#include "actors/journal_client.hpp"
#include "domain/operations/alert.hpp"

namespace musterd {

/// Commits an alert that no entity decides on. Whoever raises it does not wait, and is told nothing.
void raise_alert(const journal_client& commits, tenant_uuid tenant, const operator_alert& alert);

}  // namespace musterd
