#pragma once

#include <pqxx/transaction_base>

#include <chrono>
#include <string>
#include <string_view>

namespace musterd {

/// Forgets what is older than it has to be kept: a bounded number of rows at a time, the oldest first, around
/// what others (another node's purge among them) have locked.
struct purge {
  std::string_view name;
  /// $1 is how many hours are kept, $2 how many rows go at most.
  std::string sql;
};

inline constexpr int rows_per_purge = 5000;

namespace purges {
extern const purge idempotency_keys, inbox, sign_ins, alerts, dead_letters, replay_items, replays,
    offboarding_cases, admin_departures, exports, timecards, job_timers;
}

/// One statement; gives how many rows went.
std::size_t purge_batch(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        int most = rows_per_purge);
/// Statement after statement until nothing is left to forget or `deadline` is over.
std::size_t purge_until(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        std::chrono::steady_clock::time_point deadline);

}  // namespace musterd
