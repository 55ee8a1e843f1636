#pragma once

#include <pqxx/transaction_base>

#include <chrono>
#include <string_view>

namespace musterd {

/// Forgets what is older than it has to be kept, a bounded number of rows at a time: the function of this
/// name in the schema `retention`, which only its owner can change.
struct purge {
  std::string_view name;
};

inline constexpr int rows_per_purge = 5000;

namespace purges {
inline constexpr purge idempotency_keys{"idempotency_keys"}, inbox{"inbox"}, sign_ins{"sign_ins"},
    alerts{"alerts"}, dead_letters{"dead_letters"}, replay_items{"replay_items"}, replays{"replays"},
    offboarding_cases{"offboarding_cases"}, admin_departures{"admin_departures"}, exports{"exports"},
    signing_keys{"signing_keys"}, timecards{"timecards"}, job_timers{"job_timers"};
}

/// One statement; gives how many rows went.
std::size_t purge_batch(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        int most = rows_per_purge);
/// Statement after statement until nothing is left to forget or `deadline` is over.
std::size_t purge_until(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        std::chrono::steady_clock::time_point deadline);

}  // namespace musterd
