#pragma once

#include "persistence/audit/chain/audit_anchors.hpp"
#include "persistence/audit/chain_checker.hpp"

namespace musterd {

/// What of the trail is to be verified; everything by default.
struct audit_selection {
  std::optional<tenant_uuid> tenant;
  /// Half-open; by the time of the entries.
  std::optional<timestamp> date_from, date_to;
};

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

/// Walks all chains in one snapshot of the database, one row at a time. `go_on` is asked now and then; when
/// it answers false nothing is said of the rest, and the result is nothing. Throws std::runtime_error when
/// the database fails, or once
/// `cut` is requested.
std::optional<audit_verification> verify_audit(const std::string& database_url, const audit_key& key,
                                               const audit_anchors& anchors, const audit_selection& selection,
                                               const std::function<bool()>& go_on,
                                               const std::stop_token& cut = {});

}  // namespace musterd
