#pragma once

#include <pqxx/pqxx>

#include <string>

namespace musterd {

/// SQL that is run often. Declared once, at namespace scope, beside the function that uses it; every
/// connection of the read pool prepares it, so that the database parses and plans it once per connection
/// rather than once per call.
class statement {
 public:
  statement(std::string name, std::string sql);
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  const std::string& name() const { return name_; }
  const std::string& sql() const { return sql_; }

  /// On a connection that did not prepare it (a command line tool, a test) it runs all the same, unprepared.
  template <class... Args>
  pqxx::result run(pqxx::transaction_base& tx, const Args&... args) const {
    if (is_prepared_on(&tx.conn()))
      return tx.exec_prepared(name_, args...);
    return tx.exec_params(sql_, args...);
  }

 private:
  static bool is_prepared_on(const void* connection);

  std::string name_;
  std::string sql_;
};

/// Prepares every statement of the program on a connection that is used by this thread alone.
void prepare_statements(pqxx::connection& db);
/// Forgets which connections of this thread are prepared; to be called before one is closed, because its
/// address may be used again.
void forget_prepared_connections();

}  // namespace musterd
