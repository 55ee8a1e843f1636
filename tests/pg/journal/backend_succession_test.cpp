#include "persistence/journal/backend_succession.hpp"
#include "persistence/sql/connection.hpp"
#include "tests/pg/audit/audit_rows.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/network/distant_database.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

struct far_away {
  migrated_database at;
  distant_database wire;
  std::string url() { return wire.url_of(at.db().dbname()); }
};

std::int64_t waiting_writers(migrated_database& at) {
  return at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                   "application_name = 'musterd journal' AND wait_event_type = 'Lock'");
}

}  // namespace

TEST_CASE("writer: a commit whose connection was reset is not done behind anybody's back") {
  far_away d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.at.shop);
  REQUIRE(commit_one(writer, unit_of(d.at.tenant, card)) == "ok");
  card.version = 2;
  auto change = unit_of(d.at.tenant, card);
  // A lock wait ends after a quarter of a second: if this looks too late, the commit was refused.
  std::string code = "UNAVAILABLE";
  for (int tries = 0; code == "UNAVAILABLE" && tries < 60; ++tries) {
    pqxx::connection other{d.at.url()};
    pqxx::work blocking{other};
    blocking.exec("SELECT FROM people.timecard FOR UPDATE");
    {
      std::atomic<bool> answered = false;
      std::jthread committing{[&] {
        code = commit_one(writer, change);
        answered = true;
      }};
      REQUIRE(becomes_true(30s, [&] { return answered || waiting_writers(d.at) == 1; }));
      if (!answered)
        d.wire.proxy.desert_server();
    }
    if (code == "UNAVAILABLE")
      continue;
    CHECK(code == "TIMEOUT");
    // Once the writer has answered, a reload may follow: the old backend must not commit any more.
    CHECK(commit_one(writer, {change.entity, {}}) == "ok");
    CHECK(waiting_writers(d.at) == 0);
  }
  REQUIRE(code == "TIMEOUT");
  CHECK(commit_one(writer, {change.entity, {}}) == "ok");
  CHECK(d.at.number("SELECT version FROM people.timecard") == 1);
  CHECK(commit_one(writer, change) == "ok");
}

TEST_CASE("writer: one that takes another's place ends the other's backend first") {
  far_away d;
  auto session = std::make_shared<backend_succession>();
  auto first = std::make_unique<journal_writer>(d.at.url(), audit_key::generate(), session);
  REQUIRE(commit_one(*first, {uuid::generate(), {}}) == "ok");
  auto backends = [&] {
    return d.at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                       "application_name = 'musterd journal'");
  };
  CHECK(backends() == 1);
  journal_writer second{d.at.url(), audit_key::generate(), session};
  CHECK(commit_one(second, {uuid::generate(), {}}) == "ok");
  CHECK(backends() == 1);
}

TEST_CASE("start: writers of a killed process are gone, whether they commit or still wait for what it sent") {
  migrated_database at;
  auto idle = open_connection(at.url(), "SET application_name = 'musterd journal'");
  std::atomic<bool> refused{false};
  std::jthread committing{[&] {
    auto db = open_connection(at.url(), "SET application_name = 'musterd journal'");
    try {
      pqxx::nontransaction{*db}.exec("SELECT pg_sleep(60)");
    } catch (const pqxx::failure&) {
      refused = true;
    }
  }};
  REQUIRE(becomes_true(30s, [&] {
    return at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "wait_event = 'PgSleep'") == 1;
  }));
  pqxx::connection starting{at.url()};
  end_other_writers(starting);
  CHECK(at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "application_name = 'musterd journal'") == 0);
  committing.join();
  CHECK(refused);
  CHECK_THROWS_AS(pqxx::nontransaction{*idle}.exec("SELECT 1"), pqxx::failure);
}

TEST_CASE(
    "start: a writer of a role whose sessions ours may not end is waited for, and named when it stays") {
  migrated_database at;
  pqxx::connection starting{at.url()};
  {
    auto owners = open_connection(at.database().owner_url(), "SET application_name = 'musterd journal'");
    CHECK_THROWS_WITH_AS(end_other_writers(starting, 50ms),
                         doctest::Contains(std::string{owners->username()}.c_str()), std::runtime_error);
    CHECK_NOTHROW(pqxx::nontransaction{*owners}.exec("SELECT 1"));
  }
  CHECK_NOTHROW(end_other_writers(starting));
}

TEST_CASE("writer: a backend that was ended while it was idle puts no commit in doubt") {
  migrated_database d;
  journal_writer writer{d.url()};
  REQUIRE(commit_one(writer, unit_of(d.tenant, card_of(person_uuid::generate(), d.shop))) == "ok");
  auto pid = d.number("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
                      "application_name = 'musterd journal'");
  pqxx::connection starting{d.url()};
  end_other_writers(starting);
  // It leaves the list of sessions just before it closes its socket.
  REQUIRE(becomes_true(30s, [&] { return !std::filesystem::exists("/proc/" + std::to_string(pid)); }));
  CHECK(commit_one(writer, unit_of(d.tenant, card_of(person_uuid::generate(), d.shop))) == "ok");
}

TEST_CASE("writer: a server that acknowledges and says nothing is given up, and its backend ended") {
  far_away d;
  journal_writer writer{d.url()};
  auto card = card_of(person_uuid::generate(), d.at.shop);
  REQUIRE(commit_one(writer, unit_of(d.at.tenant, card)) == "ok");
  d.wire.proxy.freeze_present();
  card.version = 2;
  auto change = unit_of(d.at.tenant, card);
  std::string code;
  {
    std::atomic<bool> answered = false;
    std::jthread committing{[&] {
      code = commit_one(writer, change);
      answered = true;
    }};
    auto in_time = becomes_true(30s, [&] { return answered.load(); });
    CHECK(in_time);
    if (!in_time)
      d.wire.proxy.cut();  // or it would never end
  }
  CHECK(code == "TIMEOUT");
  // New connections work; what was on its way to the old backend can no longer arrive.
  CHECK(commit_one(writer, change) == "ok");
  d.wire.proxy.thaw();
  CHECK(commit_one(writer, {change.entity, {}}) == "ok");
  CHECK(d.at.number("SELECT version FROM people.timecard") == 2);
}

TEST_CASE("writer: one that is frozen while it opens a chain keeps its company from nobody for long") {
  far_away d;
  d.wire.proxy.silence_at("INSERT INTO audit.chain (");
  d.wire.proxy.silencing(true);
  auto in_the_middle = [&] {
    return d.at.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                       "application_name = 'musterd journal' AND state = 'idle in transaction'");
  };
  // The proxy hides that the client has given up: to the database it is connected and silent.
  journal_writer frozen{d.url()};
  std::jthread committing{[&] { commit_one(frozen, unit_of(d.at.tenant, entry_of())); }};
  REQUIRE(becomes_true(30s, [&] { return in_the_middle() == 1; }));
  CHECK(becomes_true(30s, [&] { return in_the_middle() == 0; }));
  journal_writer other{d.at.url()};
  // The backend is on its way out, and may hold its locks for longer than a commit waits.
  CHECK(becomes_true(30s, [&] { return commit_one(other, unit_of(d.at.tenant, entry_of())) == "ok"; }));
  d.wire.proxy.cut();  // or nobody would ever end it
}

TEST_CASE("connection: what a URL leaves open is limited in time, what it says stays") {
  auto open =
      with_time_limits("postgresql://ann:it's@db1:5433,db2:5434/shop?target_session_attrs=read-write");
  for (std::string part : {"user='ann'", R"(password='it\'s')", "host='db1,db2'", "port='5433,5434'",
                           "dbname='shop'", "target_session_attrs='read-write'", "connect_timeout='3'",
                           "keepalives_idle='5'", "tcp_user_timeout='6000'"})
    CHECK_MESSAGE(open.find(part) != std::string::npos, part, " in ", open);
  CHECK(with_time_limits("host=x connect_timeout=9").find("connect_timeout='9'") != std::string::npos);
  CHECK_THROWS_WITH(with_time_limits("postgresql://ann:secret@[half"), "the database URL cannot be read");
}

TEST_CASE("connection: of several hosts the one that takes writes is found") {
  far_away d;
  auto url = d.url();
  auto at = url.find("127.0.0.1:");
  REQUIRE(at != std::string::npos);
  url.insert(at, "127.0.0.1:1,");
  journal_writer writer{url + "?target_session_attrs=read-write"};
  CHECK(commit_one(writer, {uuid::generate(), {}}) == "ok");
}

TEST_CASE("commit: a server that became a standby is left, and found again") {
  migrated_database d;
  auto set = [&](const std::string& value) {
    pqxx::nontransaction{d.db()}.exec("ALTER DATABASE " + std::string{d.db().dbname()} +
                                      " SET default_transaction_read_only = " + value);
  };
  auto unit = unit_of(d.tenant, card_of(person_uuid::generate(), d.shop));
  set("on");
  journal_writer writer{d.url()};
  CHECK(commit_one(writer, unit) == "UNAVAILABLE");
  pqxx::connection fresh{d.database().owner_url()};
  pqxx::nontransaction tx{fresh};
  tx.exec("SET default_transaction_read_only = off");
  tx.exec("ALTER DATABASE " + std::string{fresh.dbname()} + " SET default_transaction_read_only = off");
  CHECK(commit_one(writer, unit) == "ok");
}

}  // namespace musterd::testing
