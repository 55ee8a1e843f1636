#pragma once

#include "persistence/audit/chain/audit_anchors.hpp"
#include "persistence/audit/chain_checker.hpp"

namespace musterd {

struct audit_verification {
  bool valid = true;
  std::int64_t entries_checked = 0;
  std::int64_t chains_checked = 0;
  std::int64_t problem_count = 0;
  /// The first hundred.
  std::vector<audit_problem> problems;
};
BOOST_DESCRIBE_STRUCT(audit_verification, (),
                      (valid, entries_checked, chains_checked, problem_count, problems))

std::optional<tenant_uuid> find_tenant(pqxx::transaction_base&& tx, const std::string& code);

/// Checks the selected chains in one snapshot of the database, row by row. nullopt once `patience.go_on`
/// returns false: nothing is known of the rest then. Throws std::runtime_error when the database fails, or
/// once `cut` is requested.
std::optional<audit_verification> verify_audit(const std::string& database_url, const audit_key& key,
                                               const audit_anchors& anchors, const audit_selection& selection,
                                               const stream_patience& patience = {},
                                               const std::stop_token& cut = {});

}  // namespace musterd
