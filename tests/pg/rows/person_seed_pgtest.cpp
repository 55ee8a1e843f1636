#include "tests/pg/rows/person_company.hpp"

#include "common/json/json_read.hpp"
#include "domain/access/default_roles.hpp"
#include "domain/person/roles/authorization.hpp"
#include "persistence/audit/company_file.hpp"
#include "persistence/load/load_company_directory.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Where a demo login may do something now: "everywhere", "1 shop", "no".
std::string may(company& c, const role_catalog& roles, const std::string& username, std::string_view key) {
  auto user = authorize(c.load(username));
  auto where = where_held(user->held(), find_permission(key).value(), wall_clock_now(), roles);
  if (where.nowhere())
    return "no";
  return where.everywhere ? "everywhere" : std::to_string(where.locations.size()) + " shop";
}

}  // namespace

TEST_CASE("seed: the default roles are those whose names the server knows") {
  if (!database_is_there())
    return;
  auto file = from_json<roles_file>(company{}.roles_json).value();
  std::vector<std::string> names;
  for (const auto& role : file.roles)
    names.push_back(role.role_name);
  CHECK(std::ranges::equal(names, default_role_names));
}

TEST_CASE("seed: the demo company is imported once; again changes nothing") {
  if (!database_is_there())
    return;
  company c;
  auto first = c.import();
  CHECK(first.rows_added > 150);
  CHECK(first.logins.size() >= 12);
  for (const auto& login : first.logins)
    CHECK(login.password.value_or("").size() == 16);
  CHECK(std::stoi(c.scalar("SELECT count(*) FROM people.person WHERE tenant_id = $1")) >= 40);
  CHECK(c.scalar("SELECT count(DISTINCT timezone) FROM people.location WHERE tenant_id = $1") == "3");

  auto hash = c.login("demo.admin").password_hash;
  auto second = c.import();
  CHECK(second.rows_added == 0);
  CHECK(second.logins.size() == first.logins.size());
  CHECK_FALSE(second.logins[0].password.has_value());
  CHECK(c.login("demo.admin").password_hash == hash);
}

TEST_CASE("seed: passwords can be given, and set again") {
  if (!database_is_there())
    return;
  company c;
  seed_options options;
  options.passwords["demo.admin"] = "chosen";
  c.import(options);
  CHECK(c.login("demo.admin").password_hash == "$argon2id$chosen");
  options.passwords["demo.admin"] = "chosen anew";
  c.import(options);
  CHECK(c.login("demo.admin").password_hash == "$argon2id$chosen");
  options.reset_passwords = true;
  c.import(options);
  CHECK(c.login("demo.admin").password_hash == "$argon2id$chosen anew");
}

TEST_CASE("seed: a grant that an admin took away does not come back with the next start") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  {
    pqxx::work tx{*c.db};
    tx.exec_params("UPDATE security.role SET permission_keys = '{}' WHERE tenant_id = $1 AND "
                   "role_name = 'MECHANIC'",
                   to_string(c.tenant));
    tx.commit();
  }
  CHECK(c.import().rows_added == 0);
}

TEST_CASE("seed: the demo logins may do what their roles grant [D-21]") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  company_directory_ptr directory;
  {
    pqxx::work tx{*c.db};
    directory = load_company_directory(tx, c.tenant);
  }
  auto check = [&](const std::string& user, std::string_view key) {
    return may(c, directory->roles, user, key);
  };
  CHECK(check("demo.mechanic", "timekeeping:timecard:record") == "1 shop");
  CHECK(check("demo.mechanic", "timekeeping:timecard:view") == "no");
  CHECK(check("ana.flores", "timekeeping:timecard:record") == "1 shop");
  CHECK(check("demo.manager", "timekeeping:time_entry:approve") == "everywhere");
  CHECK(check("demo.manager", "timekeeping:policy:manage") == "no");
  CHECK(check("irene.walsh", "timekeeping:time_entry:approve") == "1 shop");
  CHECK(check("demo.admin", "security:role:create") == "everywhere");
  CHECK(check("demo.admin", "people:user:keep_assignments") == "no");
  CHECK(check("demo.owner", "people:user:keep_assignments") == "everywhere");
  CHECK(check("demo.hr", "people:employee:update") == "everywhere");
  CHECK(check("demo.hr", "timekeeping:policy:view") == "everywhere");
  CHECK(check("demo.hr", "timekeeping:policy:manage") == "no");
  CHECK(check("demo.payroll", "timekeeping:time_period:manage") == "everywhere");
  CHECK(check("demo.auditor", "security:audit_entry:export") == "everywhere");
  CHECK(check("demo.auditor", "people:employee:update") == "no");
  CHECK(check("demo.readonly", "people:employee:view") == "everywhere");
  CHECK(check("demo.readonly", "security:audit_entry:view") == "no");
  CHECK(check("demo.dispatcher", "workexec:job_time:view") == "1 shop");
  CHECK(check("demo.dispatcher", "timekeeping:timecard:view") == "no");
  CHECK(check("demo.operator", "ops:dead_letter:operate") == "everywhere");
  CHECK(check("demo.operator", "people:person:view") == "no");
  CHECK(check("demo.security", "security:role_permission:grant") == "everywhere");
  CHECK(check("demo.security", "people:user:terminate") == "no");
}
