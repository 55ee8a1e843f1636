#include "persistence/schema/migrations.hpp"

#include "tests/support/scratch_database.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace musterd::testing {
namespace {

constexpr migration first{1, "0001_first.sql", "CREATE TABLE a (x integer)"};
constexpr migration second{2, "0002_second.sql", "ALTER TABLE a ADD y integer; INSERT INTO a VALUES (1, 2)"};

}  // namespace

TEST_CASE("migrations: an empty database gets all, a migrated one nothing") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  CHECK(migrate(db) == static_cast<int>(embedded_migrations().size()));
  CHECK(migrate(db) == 0);
  CHECK(number_of(db, "SELECT count(*) FROM migration.applied") ==
        static_cast<std::int64_t>(embedded_migrations().size()));
  CHECK(number_of(db, "SELECT count(*) FROM people.break_record") == 0);
}

TEST_CASE("migrations: what is new is applied on top of what is there") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  const migration one[]{first}, both[]{first, second};
  CHECK(migrate(db, one) == 1);
  CHECK(migrate(db, both) == 1);
  CHECK(migrate(db, both) == 0);
  CHECK(number_of(db, "SELECT y FROM a") == 2);
}

TEST_CASE("migrations: one that was edited after it had been applied is refused") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  const migration one[]{first};
  migrate(db, one);
  auto edited = first;
  edited.sql = "CREATE TABLE a (x bigint)";
  const migration changed[]{edited, second};
  CHECK_THROWS_WITH_AS(migrate(db, changed), doctest::Contains("0001_first.sql"), std::runtime_error);
  CHECK(number_of(db, "SELECT count(*) FROM migration.applied") == 1);
  // The lock is free again.
  CHECK(migrate(db, one) == 0);
}

TEST_CASE("migrations: a database of a newer program is refused") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  const migration one[]{first}, both[]{first, second};
  migrate(db, both);
  CHECK_THROWS_AS(migrate(db, one), std::runtime_error);
}

TEST_CASE("migrations: users who are twins by today's folding are named, and renamed ones pass") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  auto all = embedded_migrations();
  auto folding = std::ranges::find_if(all, [](const auto& m) { return m.version == 18; });
  migrate(db, {all.begin(), folding});
  {
    // What a Turkish database accepted.
    pqxx::nontransaction tx{db};
    tx.exec(
        "DROP INDEX security.username_taken; CREATE INDEX username_taken ON security.app_user (username)");
    tx.exec("INSERT INTO people.tenant VALUES (gen_random_uuid(), 'x', 'x')");
    for (const auto* name : {"ivy", "IVY"})
      tx.exec(fmt::format(
          "WITH p AS (INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
          "status_effective_at, created_at, updated_at, version) SELECT tenant_id, gen_random_uuid(), 'I', "
          "'K', 'ACTIVE', now(), now(), now(), 1 FROM people.tenant RETURNING *) INSERT INTO "
          "security.app_user (tenant_id, user_id, person_id, username, status, status_effective_at, "
          "created_at, updated_at, version) SELECT tenant_id, gen_random_uuid(), person_id, '{}', status, "
          "now(), now(), now(), 1 FROM p",
          name));
  }
  CHECK_THROWS_WITH(migrate(db), doctest::Contains("users IVY, ivy of tenant"));
  pqxx::nontransaction{db}.exec("UPDATE security.app_user SET username = 'ivy.2' WHERE username = 'IVY'");
  CHECK(migrate(db) == static_cast<int>(all.end() - folding));
}

TEST_CASE("migrations: one that fails leaves nothing of itself behind") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  auto failing = second;
  failing.sql = "CREATE TABLE half (x integer); SELECT 1 / 0";
  const migration steps[]{first, failing}, repaired[]{first, second};
  CHECK_THROWS(migrate(db, steps));
  CHECK(text_of(db, "SELECT to_regclass('half')").empty());
  CHECK(migrate(db, repaired) == 1);
}

TEST_CASE("migrations: servers that start together take turns") {
  scratch_database database;
  std::atomic<int> applied{0}, failed{0};
  {
    std::vector<std::jthread> servers;
    for (int i = 0; i < 4; ++i)
      servers.emplace_back([&] {
        try {
          pqxx::connection db{database.owner_url()};
          applied += migrate(db);
        } catch (const std::exception&) {
          ++failed;
        }
      });
  }
  CHECK(failed == 0);
  CHECK(applied == static_cast<int>(embedded_migrations().size()));
}

}  // namespace musterd::testing
