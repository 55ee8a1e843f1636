#include "persistence/sql/database_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, database_settings& s) {
  on.secret("database_url", s.url, "PostgreSQL to use; required. From the environment or a file only.");
  on.secret(
      "migration_database_url", s.migration_url,
      "The same database as the owner of its tables: for `migrate`, `seed` and `… create`, not for `serve`. "
      "From the environment or a file only.");
  on.choice(
      "database.powerful_role", s.powerful_role,
      "What `serve` does if its role has more rights than it needs, e.g. a superuser or the tables' owner.");
}

}  // namespace musterd
