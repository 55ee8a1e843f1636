#include "tests/support/scratch_database.hpp"

#include "common/text/uuid.hpp"
#include "tests/support/process.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

std::string other_database(const std::string& url, const std::string& name) {
  auto query_at = std::min(url.find('?'), url.size());
  auto path_at = std::min(url.find('/', url.find("://") + 3), query_at);
  return url.substr(0, path_at) + '/' + name + url.substr(query_at);
}

void administer(const std::string& sql) {
  pqxx::connection db{needed_environment("MUSTERD_MIGRATION_DATABASE_URL")};
  pqxx::nontransaction{db}.exec(sql);
}

std::string new_name() {
  auto id = to_string(uuid::generate());
  std::erase(id, '-');
  return "test_" + id;
}

}  // namespace

scratch_database::scratch_database(const std::string& copy_of)
    : name_{new_name()}, url_{other_database(needed_environment("MUSTERD_DATABASE_URL"), name_)},
      owner_url_{other_database(needed_environment("MUSTERD_MIGRATION_DATABASE_URL"), name_)} {
  administer("CREATE DATABASE " + name_ + (copy_of.empty() ? "" : " TEMPLATE " + copy_of));
}

scratch_database::~scratch_database() {
  try {
    administer("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {  // left behind on a server that is about to go
  }
}

void scratch_database::shut() {
  administer(fmt::format("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name_));
  administer(fmt::format("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND "
                         "backend_type = 'client backend'",
                         name_));
}

void scratch_database::reopen() {
  administer(fmt::format("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true", name_));
}

std::string text_of(pqxx::connection& db, const std::string& sql) {
  pqxx::nontransaction tx{db};
  auto rows = tx.exec(sql);
  return rows.empty() || rows[0][0].is_null() ? std::string{} : rows[0][0].as<std::string>();
}

std::int64_t number_of(pqxx::connection& db, const std::string& sql) {
  return std::stoll(text_of(db, sql));
}

void end_other_clients(pqxx::connection& db) {
  pqxx::nontransaction{db}.exec(fmt::format("SELECT pg_terminate_backend(pid) {}", other_clients));
}

}  // namespace musterd::testing
