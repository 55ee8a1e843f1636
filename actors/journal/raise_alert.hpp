#pragma once

#include "actors/journal/journal_client.hpp"
#include "domain/operations/alert.hpp"

namespace musterd {

/// Commits an alert that no entity decides on. The caller neither waits nor learns the result.
void raise_alert(const journal_client& commits, tenant_uuid tenant, const operator_alert& alert);

}  // namespace musterd
