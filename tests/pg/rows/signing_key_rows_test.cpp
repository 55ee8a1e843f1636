#include "persistence/jobs/signing_key_rows.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <pqxx/pqxx>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

struct rows {
  migrated_database database;
  pqxx::connection& db = database.db();
  audit_key seal = audit_key::generate();
  key_search search;

  void publish(const std::string& kid, std::chrono::seconds lease = 100s) {
    pqxx::nontransaction tx{db};
    publish_key(tx, seal, kid, "jwk of " + kid, lease);
  }
  published_keys read(int looks = 1, const std::vector<std::string>& known = {}) {
    pqxx::nontransaction tx{db};
    return read_published_keys(tx, seal, known, search, looks);
  }
  /// By somebody who can write rows but has no key.
  void forge(int many, const std::string& kid, const std::string& until = "now() + interval '1 day'") {
    run(fmt::format("INSERT INTO security.signing_key (kid, jwk, seal, announced_at, verifies_until) SELECT "
                    "{} || i, 'jwk', 'seal', '-infinity', {} FROM generate_series(1, {}) i",
                    kid, until, many));
  }
  void run(const std::string& sql) { pqxx::nontransaction{db}.exec(sql); }
};

}  // namespace

TEST_CASE("signing keys: a published one verifies for its lease, and longer if somebody looks after it") {
  rows r;
  r.publish("a");
  auto first = r.read();
  REQUIRE(first.keys.size() == 1);
  CHECK(first.keys[0].jwk == "jwk of a");
  CHECK(first.keys[0].verifies_for <= 100s);
  r.publish("a", 500s);
  auto longer = r.read().keys.at(0);
  CHECK(longer.verifies_for > 100s);
  CHECK(longer.announced_for >= first.keys[0].announced_for);  // it is not new
  r.publish("a", 10s);
  CHECK(r.read().keys.at(0).verifies_for > 100s);  // a server with shorter tokens takes nothing back
}

TEST_CASE("signing keys: one that has ended is announced anew, for everybody has forgotten it") {
  rows r;
  r.publish("a");
  r.run("UPDATE security.signing_key SET announced_at = now() - interval '1 day', verifies_until = now()");
  CHECK(r.read().keys.empty());
  r.publish("a");
  CHECK(r.read().keys.at(0).announced_for < 1h);
}

TEST_CASE("signing keys: what is not sealed with the trail's key is left out and counted, and mended by its "
          "owner") {
  rows r;
  r.publish("a");
  r.publish("b");
  r.run("UPDATE security.signing_key SET jwk = 'another' WHERE kid = 'a'");
  auto found = r.read();
  CHECK(found.forged == 1);
  REQUIRE(found.keys.size() == 1);
  CHECK(found.keys[0].kid == "b");
  r.publish("a");
  CHECK(r.read().keys.size() == 2);
  r.seal = audit_key::generate();
  CHECK(r.read().forged == 2);
}

TEST_CASE("signing keys: forged rows take no place of ours, however many there are") {
  rows r;
  r.publish("mine");
  r.forge(3 * rows_in_a_look, "'a'");
  r.publish("other");
  auto found = r.read(1, {"mine"});
  REQUIRE(found.keys.size() == 1);
  CHECK(found.keys[0].kid == "mine");
  CHECK(found.forged == rows_in_a_look);
  for (int look = 0; look < 3; ++look)
    found = r.read(1, {"mine"});
  CHECK(found.keys.size() == 2);  // the walk has reached it
  CHECK(found.forged == 3 * rows_in_a_look);
  CHECK(r.read(1, {"mine", "other"}).forged == 3 * rows_in_a_look);  // from the beginning again, and still
                                                                     // known
  r.search = {};
  CHECK(r.read(40).keys.size() == 2);
  r.run("DELETE FROM security.signing_key WHERE kid LIKE 'a%'");
  r.read();
  CHECK(r.read().forged == 0);
}

TEST_CASE("signing keys: no instant that somebody wrote keeps others from being read") {
  rows r;
  r.publish("mine");
  r.forge(1, "'a'", "'infinity'");
  r.forge(1, "'b'", "'294276-12-31'");
  auto found = r.read();
  REQUIRE(found.keys.size() == 1);
  CHECK(found.forged == 2);
  r.run("UPDATE security.signing_key SET announced_at = 'infinity', verifies_until = 'infinity' WHERE kid = "
        "'mine'");
  found = r.read();
  REQUIRE(found.keys.size() == 1);
  CHECK(found.keys[0].announced_for < 0s);
  CHECK(found.keys[0].verifies_for <= std::chrono::days{3650});
  r.publish("mine");
  CHECK(r.read().keys.size() == 1);
}
