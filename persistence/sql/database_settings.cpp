#include "persistence/sql/database_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, database_settings& s) {
  on.secret("database_url", s.url, "PostgreSQL to use; needed. From the environment or a file only.");
  on.secret(
      "migration_database_url", s.migration_url,
      "The same database as the owner of its tables, for `migrate`, `seed` and `… create`; `serve` needs "
      "none. From the environment or a file only.");
  on.choice(
      "database.powerful_role", s.powerful_role,
      "What `serve` does about a role that may do more than it needs: a superuser, say, or the owner of "
      "the tables.");
}

}  // namespace musterd
