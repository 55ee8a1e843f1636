#pragma once

#include <pqxx/pqxx>

#include <string>

namespace musterd {

/// SQL that is run often. Declared once, at namespace scope, beside the function that uses it; every
/// connection of the read pool prepares it at its first use, so that the database parses and plans it once
/// per connection rather than once per call. Not sooner: preparing locks the statement's tables, and a locked
/// one must not keep the connection from other statements.
class statement {
 public:
  statement(std::string name, std::string sql) : name_{std::move(name)}, sql_{std::move(sql)} {}
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  const std::string& name() const { return name_; }
  const std::string& sql() const { return sql_; }

  /// On a connection that keeps nothing prepared (a command line tool's, a test's) it runs all the same.
  template <class... Args>
  pqxx::result run(pqxx::transaction_base& tx, const Args&... args) const {
    auto& db = tx.conn();
    if (!keeps_prepared(&db))
      return tx.exec_params(sql_, args...);
    if (!is_prepared()) {
      db.prepare(name_, sql_);
      note_prepared();
    }
    return tx.exec_prepared(name_, args...);
  }

 private:
  static bool keeps_prepared(const void* connection);
  bool is_prepared() const;
  void note_prepared() const;

  std::string name_;
  std::string sql_;
};

/// From now on statements stay prepared on this connection, the only one of this thread that does so.
void keep_prepared(pqxx::connection& db);
/// To be called before that connection is closed, because its address may be used again.
void forget_prepared();

}  // namespace musterd
