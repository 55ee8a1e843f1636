#pragma once

#include "http/routes/audit/altered_values.hpp"
#include "http/routes/audit/audit_inspector.hpp"
#include "http/routing/commit_and_answer.hpp"
#include "persistence/audit/find_audit_entries.hpp"

namespace musterd {

struct audit_services {
  read_pool& reads;
  audit_page_places& places;
  audit_inspector& inspector;
  const journal_client& commits;
  altered_values& altered;
};

/// Reading the audit trail, verifying it, and adding to it from other domains.
void audit_routes(route_table& on, audit_services services);

}  // namespace musterd
