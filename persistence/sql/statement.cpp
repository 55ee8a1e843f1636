#include "persistence/sql/statement.hpp"

#include <unordered_set>

namespace musterd {
namespace {

/// Each connection is used only by the thread that opened it, so no lock is needed.
thread_local const void* keeping = nullptr;
thread_local std::unordered_set<const statement*> prepared;

}  // namespace

bool statement::keeps_prepared(const void* connection) {
  return keeping == connection;
}

bool statement::is_prepared() const {
  return prepared.contains(this);
}

void statement::note_prepared() const {
  prepared.insert(this);
}

void keep_prepared(pqxx::connection& db) {
  prepared.clear();
  // As a transaction sees it: libpqxx versions differ in whether that is a base of the connection.
  keeping = &pqxx::nontransaction{db}.conn();
}

void forget_prepared() {
  prepared.clear();
  keeping = nullptr;
}

}  // namespace musterd
