#include "common/process/interruption.hpp"

#include "persistence/sql/connection.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto settings = "SET application_name = 'interrupted'; SET client_connection_check_interval = '1s'";

std::int64_t sessions(migrated_database& d, const std::string& more = "") {
  return d.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "application_name = 'interrupted'" +
                  more);
}

}  // namespace

TEST_CASE("interruption: a thread that waits for a lock gets a lost connection, and its session ends") {
  migrated_database d;
  pqxx::connection other{d.database().owner_url()};
  pqxx::work lock{other};
  lock.exec("LOCK TABLE messaging.inbox IN ACCESS EXCLUSIVE MODE");
  std::stop_source cut;
  auto lost = false;
  {
    std::jthread waiting{[&] {
      auto db = open_connection(d.url(), settings);
      interruption interruptible{db->sock(), "a test", cut.get_token()};
      try {
        pqxx::nontransaction{*db}.exec("SELECT count(*) FROM messaging.inbox");
      } catch (const pqxx::broken_connection&) {
        lost = true;
      }
    }};
    CHECK(becomes_true(30s, [&] { return sessions(d, " AND wait_event_type = 'Lock'") == 1; }));
    cut.request_stop();
  }
  CHECK(lost);
  CHECK(becomes_true(30s, [&] { return sessions(d) == 0; }));
}

TEST_CASE("interruption: who comes after the cut is cut at once; who has gone before it is let alone") {
  migrated_database d;
  std::stop_source cut;
  auto early = open_connection(d.url(), settings), late = open_connection(d.url(), settings);
  {
    interruption gone{early->sock(), "a test", cut.get_token()};
  }
  cut.request_stop();
  CHECK_NOTHROW(pqxx::nontransaction{*early}.exec("SELECT 1"));
  interruption interruptible{late->sock(), "a test", cut.get_token()};
  CHECK_THROWS_AS(pqxx::nontransaction{*late}.exec("SELECT 1"), pqxx::broken_connection);
}

}  // namespace musterd::testing
