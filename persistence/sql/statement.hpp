#pragma once

#include <pqxx/pqxx>

#include <string>

namespace musterd {

/// Frequently run SQL, declared once at namespace scope next to its use. Each connection of the read pool
/// prepares it at first use, so that it is parsed and planned once per connection rather than per call. Not
/// sooner: preparing locks the statement's tables, and one locked table must not block other statements.
class statement {
 public:
  statement(std::string name, std::string sql) : name_{std::move(name)}, sql_{std::move(sql)} {}
  statement(const statement&) = delete;
  statement& operator=(const statement&) = delete;

  const std::string& name() const { return name_; }
  const std::string& sql() const { return sql_; }

  /// Also works unprepared, on connections that keep no statements (command line tools, tests).
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

/// From now on statements stay prepared on this connection, the only such one of this thread.
void keep_prepared(pqxx::connection& db);
/// Call before that connection is closed, because its address may be reused.
void forget_prepared();

}  // namespace musterd
