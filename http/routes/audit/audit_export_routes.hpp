#pragma once

#include "http/routing/commit_and_answer.hpp"
#include "persistence/audit/audit_exporter.hpp"

namespace musterd {

struct export_services {
  read_pool& reads;
  audit_exporter& exporter;
  const journal_client& commits;
  std::int64_t max_rows = 1'000'000;
  std::chrono::days max_range{366};
};

/// Exports of the audit trail: ordering one, following its progress, downloading it.
void audit_export_routes(route_table& on, export_services services);

}  // namespace musterd
