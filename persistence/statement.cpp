#include "persistence/statement.hpp"

#include <algorithm>
#include <vector>

namespace musterd {
namespace {

/// Filled while the program's static objects are made, before there are threads.
std::vector<const statement*>& all_statements() {
  static std::vector<const statement*> statements;
  return statements;
}

/// Connections are used by the thread that opened them, so this needs no lock.
thread_local std::vector<const void*> prepared_connections;

/// As a transaction sees it; versions of libpqxx differ in whether that is a base of the connection.
const void* address_of(pqxx::connection& db) {
  return &pqxx::nontransaction{db}.conn();
}

}  // namespace

statement::statement(std::string name, std::string sql) : name_{std::move(name)}, sql_{std::move(sql)} {
  all_statements().push_back(this);
}

bool statement::is_prepared_on(const void* connection) {
  return std::find(prepared_connections.begin(), prepared_connections.end(), connection) !=
         prepared_connections.end();
}

void prepare_statements(pqxx::connection& db) {
  for (const auto* s : all_statements())
    db.prepare(s->name(), s->sql());
  prepared_connections.push_back(address_of(db));
}

void forget_prepared_connections() {
  prepared_connections.clear();
}

}  // namespace musterd
