#pragma once

#include <pqxx/pqxx>

#include <string>
#include <string_view>

namespace musterd::testing {

/// A database of its own on the server of MUSTERD_DATABASE_URL, dropped with this object and owned by the
/// role of MUSTERD_MIGRATION_DATABASE_URL.
class scratch_database {
 public:
  /// Empty, or a copy of a database without connections.
  explicit scratch_database(const std::string& copy_of = {});
  ~scratch_database();
  scratch_database(const scratch_database&) = delete;
  scratch_database& operator=(const scratch_database&) = delete;

  const std::string& name() const { return name_; }
  /// For the server's role.
  const std::string& url() const { return url_; }
  const std::string& owner_url() const { return owner_url_; }

  /// Refuses connections and ends those there are: to a server that uses it, the database is down.
  void shut();
  void reopen();

 private:
  std::string name_, url_, owner_url_;
};

/// The first column of the first row; empty if there is none or it is NULL.
std::string text_of(pqxx::connection& db, const std::string& sql);
std::int64_t number_of(pqxx::connection& db, const std::string& sql);

/// Other clients of the same database. Not PostgreSQL's own workers, which come and go, and which only a
/// superuser may end.
inline constexpr std::string_view other_clients =
    "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND "
    "pid <> pg_backend_pid()";
void end_other_clients(pqxx::connection& db);

}  // namespace musterd::testing
