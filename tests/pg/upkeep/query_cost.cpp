#include "tests/pg/upkeep/query_cost.hpp"

#include "persistence/sql/connection.hpp"

namespace musterd::testing {
namespace {

std::int64_t pages_so_far(pqxx::transaction_base& tx) {
  return tx
      .exec("SELECT coalesce(sum(pg_stat_get_xact_blocks_fetched(c.oid)), 0)::bigint FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'i', 'm') AND n.nspname !~ '^pg_'")[0][0]
      .as<std::int64_t>();
}

}  // namespace

std::int64_t pages_read(pqxx::transaction_base& tx, const std::function<void()>& work) {
  auto before = pages_so_far(tx);
  work();
  return pages_so_far(tx) - before;
}

std::unique_ptr<pqxx::connection> reading_connection(const std::string& url) {
  return open_connection(url, "SET statement_timeout = '4s'; SET default_transaction_read_only = on");
}

}  // namespace musterd::testing
