#include "domain/access/permissions.hpp"
#include "persistence/find/access/find_roles.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/pg/upkeep/query_cost.hpp"

#include <doctest/doctest.h>

#include <future>

namespace musterd::testing {

TEST_CASE(
    "growth: a start enters its own permissions once, and costs the same with any number of companies") {
  auto cost_among = [](int companies) {
    migrated_database d;
    pqxx::nontransaction tx{d.db()};
    auto lacking = [&] {
      return tx
          .exec1(fmt::format(
              "SELECT count(*) FROM people.tenant t WHERE (SELECT count(*) FROM security.permission p WHERE "
              "p.tenant_id = t.tenant_id AND service_name = 'musterd') <> {}",
              permission_keys.size()))[0]
          .as<int>();
    };
    register_own_permissions(tx);
    tx.exec(fmt::format(
        "INSERT INTO people.tenant SELECT gen_random_uuid(), 'c' || n, 'C' FROM generate_series(1, {}) n",
        companies));
    CHECK(lacking() == 0);
    // An upgrade brings a key that no company has yet.
    tx.exec("DELETE FROM security.permission WHERE permission_key = 'people:person:view'");
    tx.exec("DELETE FROM security.own_permission WHERE permission_key = 'people:person:view'");
    CHECK(lacking() == companies + 1);
    register_own_permissions(tx);
    CHECK(lacking() == 0);
    tx.exec("VACUUM ANALYZE");
    auto read = reading_connection(d.url());
    pqxx::work start{*read};
    return pages_read(start, [&] { register_own_permissions(start); });
  };
  auto few = cost_among(1), many = cost_among(300);
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + few / 4 + 5);
}

TEST_CASE("own permissions: a company and a key that are entered at the same time do not miss each other") {
  migrated_database d;
  auto other = to_string(tenant_uuid::generate());
  auto keys_of_other = [&] {
    return static_cast<std::size_t>(
        d.number(fmt::format("SELECT count(*) FROM security.permission WHERE tenant_id = '{}'", other)));
  };
  SUBCASE("the company first") {
    pqxx::connection company{d.database().owner_url()};
    pqxx::work entering{company};
    entering.exec(fmt::format("INSERT INTO people.tenant VALUES ('{}', 'o', 'O')", other));
    auto start = std::async(std::launch::async, [&] {
      pqxx::connection server{d.url()};
      pqxx::nontransaction tx{server};
      register_own_permissions(tx);
    });
    REQUIRE(d.somebody_waits_for_a_lock());
    entering.commit();
    start.get();
  }
  SUBCASE("the key first") {
    pqxx::connection server{d.url()};
    pqxx::work starting{server};
    register_own_permissions(starting);
    auto company = std::async(std::launch::async, [&] {
      pqxx::connection db{d.database().owner_url()};
      pqxx::nontransaction{db}.exec(fmt::format("INSERT INTO people.tenant VALUES ('{}', 'o', 'O')", other));
    });
    REQUIRE(d.somebody_waits_for_a_lock());
    starting.commit();
    company.get();
  }
  CHECK(keys_of_other() == permission_keys.size());
}

}  // namespace musterd::testing
