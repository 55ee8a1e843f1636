#include "persistence/signing_key_rows.hpp"

#include "tests/pg/time_clock_rows.hpp"

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

  void publish(const std::string& kid, std::chrono::seconds lease = 100s) {
    pqxx::nontransaction tx{db};
    publish_key(tx, seal, kid, "jwk of " + kid, lease);
  }
  published_keys read() {
    pqxx::nontransaction tx{db};
    return read_published_keys(tx, seal);
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
  CHECK(r.read().keys.at(0).verifies_for > 100s);  // somebody with shorter tokens takes nothing back
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

TEST_CASE("signing keys: there is a bound, which those that are there do not feel") {
  rows r;
  for (int i = 0; i <= most_published_keys; ++i)
    r.publish(std::to_string(i));
  CHECK(r.read().keys.size() == most_published_keys);
  r.publish("0", 500s);
  CHECK(r.read().keys.at(0).verifies_for > 100s);
  r.run("UPDATE security.signing_key SET verifies_until = now() WHERE kid = '5'");
  r.publish("new");
  CHECK(r.read().keys.size() == most_published_keys);
}
