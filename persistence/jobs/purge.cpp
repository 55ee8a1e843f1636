#include "persistence/jobs/purge.hpp"

#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

namespace musterd {

std::size_t purge_batch(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept, int most) {
  return run_query(tx, fmt::format("SELECT retention.{}($1::int, $2::int)", what.name),
                   {std::to_string(kept.count()), std::to_string(most)})[0][0]
      .as<std::size_t>();
}

std::size_t purge_until(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        std::chrono::steady_clock::time_point deadline) {
  std::size_t total = 0;
  while (auto gone = purge_batch(tx, what, kept)) {
    total += gone;
    if (std::chrono::steady_clock::now() >= deadline)
      break;
  }
  return total;
}

}  // namespace musterd
