#include "persistence/jobs/purge.hpp"
#include "server/parts.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto looked_for_every = 1min;
/// What does not go in this time goes a minute later.
constexpr auto time_for_one = 2s;

struct retention {
  const purge& what;
  std::chrono::hours kept;
};

std::vector<retention> retentions(const server_config& c) {
  auto days = [](std::int64_t count) { return std::chrono::hours{24 * count}; };
  std::vector<retention> all{{purges::idempotency_keys, 24h},
                             {purges::inbox, days(c.retention_inbox_days)},
                             {purges::sign_ins, days(c.retention_sign_in_days)},
                             {purges::alerts, days(c.retention_alert_days)},
                             {purges::dead_letters, days(c.retention_dead_letter_days)},
                             {purges::replay_items, days(c.retention_dead_letter_days)},
                             {purges::replays, days(c.retention_dead_letter_days)},
                             {purges::exports, days(c.retention_export_days)},
                             {purges::signing_keys, 24h}};
  if (c.retention_offboarding_days > 0) {
    all.push_back({purges::offboarding_cases, days(c.retention_offboarding_days)});
    all.push_back({purges::admin_departures, days(c.retention_offboarding_days)});
  }
  if (c.retention_time_records_days > 0) {
    all.push_back({purges::timecards, days(c.retention_time_records_days)});
    all.push_back({purges::job_timers, days(c.retention_time_records_days)});
  }
  return all;
}

}  // namespace

std::vector<housekeeping::chore> purge_chores(server::parts& p) {
  std::vector<housekeeping::chore> chores;
  for (const auto& [what, kept] : retentions(p.config))
    chores.push_back({"purge_" + std::string{what.name}, looked_for_every,
                      [&p, &what = what, kept = kept](pqxx::transaction_base& tx) {
                        auto gone =
                            purge_until(tx, what, kept, std::chrono::steady_clock::now() + time_for_one);
                        p.counted.counter("rows_purged_total", {std::string{what.name}})
                            .Increment(static_cast<double>(gone));
                      },
                      time_for_one});
  return chores;
}

}  // namespace musterd
