#include "persistence/lead/leader_session.hpp"

#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Of a leader that is frozen within a transaction the database takes it as soon as the lease.
std::string leader_session_settings(const lease_times& times, const leader_role& role) {
  return fmt::format("SET application_name = 'musterd {}'; SET idle_in_transaction_session_timeout = {}; {}",
                     role.session_name, times.lasts.count(), role.settings);
}

constexpr auto fence_sql =
    "SELECT FROM cluster.lease WHERE role = $1 AND holder = $2::uuid AND epoch = $3::bigint AND "
    "until > clock_timestamp() FOR KEY SHARE";

}  // namespace

leader_session::leader_session(lease_keeper& leases, const leader_role& role, const std::stop_token& cut)
    : leases_{leases}, role_{role},
      db_{open_connection(leases.database_url(), leader_session_settings(leases.times(), role), cut)},
      interruptible_{db_->sock(), "musterd " + role.session_name, cut} {}

bool leader_session::try_lead(const std::optional<lease_term>& before) {
  auto limit = in_time();
  lease_ = leases_.take(*db_, role_.name, role_.longest_silence, before);
  return lease_ != nullptr;
}

void leader_session::expect_lead() {
  if (!leads())
    throw lease_lost{"the lease of " + role_.name + " has run out"};
}

void leader_session::give_up() {
  if (!lease_)
    return;
  auto limit = in_time();
  lease_keeper::give_up(*db_, std::exchange(lease_, nullptr)->term());
}

leading_work::leading_work(leader_session& at) : limit{at.in_time()}, tx{at.db()} {
  at.expect_lead();
  auto term = *at.term();
  if (run_query(tx, fence_sql, {term.role, to_string(term.holder), std::to_string(term.epoch)}).empty())
    throw lease_lost{"another server may have the lease of " + term.role};
}

}  // namespace musterd
