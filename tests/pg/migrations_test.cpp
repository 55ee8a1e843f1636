#include "persistence/migrations.hpp"

#include "tests/support/scratch_database.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace musterd::testing {
namespace {

constexpr migration first{1, "0001_first.sql", "CREATE TABLE a (x integer)"};
constexpr migration second{2, "0002_second.sql", "ALTER TABLE a ADD y integer; INSERT INTO a VALUES (1, 2)"};

}  // namespace

TEST_CASE("migrations: an empty database gets all, a migrated one nothing") {
  scratch_database database;
  pqxx::connection db{database.url()};
  CHECK(migrate(db) == static_cast<int>(embedded_migrations().size()));
  CHECK(migrate(db) == 0);
  CHECK(number_of(db, "SELECT count(*) FROM migration.applied") ==
        static_cast<std::int64_t>(embedded_migrations().size()));
  CHECK(number_of(db, "SELECT count(*) FROM people.break_record") == 0);
}

TEST_CASE("migrations: what is new is applied on top of what is there") {
  scratch_database database;
  pqxx::connection db{database.url()};
  const migration one[]{first}, both[]{first, second};
  CHECK(migrate(db, one) == 1);
  CHECK(migrate(db, both) == 1);
  CHECK(migrate(db, both) == 0);
  CHECK(number_of(db, "SELECT y FROM a") == 2);
}

TEST_CASE("migrations: one that was edited after it had been applied is refused") {
  scratch_database database;
  pqxx::connection db{database.url()};
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
  pqxx::connection db{database.url()};
  const migration one[]{first}, both[]{first, second};
  migrate(db, both);
  CHECK_THROWS_AS(migrate(db, one), std::runtime_error);
}

TEST_CASE("migrations: one that fails leaves nothing of itself behind") {
  scratch_database database;
  pqxx::connection db{database.url()};
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
          pqxx::connection db{database.url()};
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
