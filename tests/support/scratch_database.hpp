#pragma once

#include <pqxx/pqxx>

#include <string>
#include <string_view>

namespace musterd::testing {

/// A private database on the server of MUSTERD_DATABASE_URL, owned by the role of
/// MUSTERD_MIGRATION_DATABASE_URL and dropped with this object.
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

  /// Ends all connections and refuses new ones: to its server the database is down.
  void shut();
  void reopen();

 private:
  std::string name_, url_, owner_url_;
};

/// First column of the first row; empty if missing or NULL.
std::string text_of(pqxx::connection& db, const std::string& sql);
std::int64_t number_of(pqxx::connection& db, const std::string& sql);

/// Other clients of the same database; not PostgreSQL's own workers, which come and go and which only a
/// superuser may end.
inline constexpr std::string_view other_clients =
    "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND "
    "pid <> pg_backend_pid()";
void end_other_clients(pqxx::connection& db);

}  // namespace musterd::testing
