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

std::vector<retention> retentions(const retention_settings& c) {
  std::vector<retention> all{{purges::idempotency_keys, 24h},
                             {purges::inbox, c.inbox},
                             {purges::sign_ins, c.sign_ins},
                             {purges::alerts, c.alerts},
                             {purges::dead_letters, c.dead_letters},
                             {purges::replay_items, c.dead_letters},
                             {purges::replays, c.dead_letters},
                             {purges::exports, c.exports},
                             {purges::signing_keys, 24h}};
  if (c.offboardings > 0h) {
    all.push_back({purges::offboarding_cases, c.offboardings});
    all.push_back({purges::admin_departures, c.offboardings});
  }
  if (c.time_records > 0h) {
    all.push_back({purges::timecards, c.time_records});
    all.push_back({purges::job_timers, c.time_records});
  }
  return all;
}

}  // namespace

std::vector<housekeeping::chore> purge_chores(server::parts& p) {
  std::vector<housekeeping::chore> chores;
  for (const auto& [what, kept] : retentions(p.settings.retention))
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
