#pragma once

#include "domain/offboarding/views.hpp"
#include "persistence/sql/pages/page_query.hpp"

namespace musterd {

struct case_filter {
  std::optional<case_state> state;
  std::optional<user_uuid> user_id;
  static constexpr std::array<std::string_view, 2> meanings{
      "IN_PROGRESS, REQUIRES_MANUAL_INTERVENTION or COMPLETED.", "Of this user."};
};
BOOST_DESCRIBE_STRUCT(case_filter, (), (state, user_id))

/// Newest first.
page<case_view> find_offboarding_cases(pqxx::transaction_base& tx, tenant_uuid tenant,
                                       const case_filter& wanted, const page_limits& limits);
std::optional<case_details> find_offboarding_case(pqxx::transaction_base& tx, tenant_uuid tenant, uuid id);

/// Those of `guarded_powers` that, without this user, nobody would hold everywhere at some time from now on.
std::vector<std::string> lost_without(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user);

/// Commands waiting for a retry, over all tenants (S90-F23, S90-F24).
struct retry_backlog {
  std::int64_t depth = 0;
  /// Seconds since the first failure of the oldest; 0 without any.
  double oldest_age = 0;
};
retry_backlog measure_retries(pqxx::transaction_base& tx);
/// How long the longest overdue command has been due, in seconds, over all tenants; 0 without any. A command
/// awaiting its answer is due when the answer is.
double oldest_due_age(pqxx::transaction_base& tx);

}  // namespace musterd
