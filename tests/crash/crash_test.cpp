#include "tests/crash/checks.hpp"
#include "tests/crash/stage.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>

namespace musterd::crash {
namespace {

using namespace std::chrono_literals;

constexpr int tappers = 16;
/// Answers to wait for before, during and after the disturbance.
constexpr std::uint64_t some = 400;

void expect_nothing(const std::string& check, const findings& wrong) {
  for (const auto& finding : wrong)
    FAIL_CHECK(check << ": " << finding);
}

/// People tap, `disturb` does its worst, they tap on; then everything is checked.
template <class Disturbance>
void survive(const std::string& tag, Disturbance&& disturb) {
  auto& on = stage::instance();
  on.restore();
  crowd people{on.musterd.url(), on.new_people(tappers), tag};
  CHECK(people.progresses(some));
  try {
    disturb(on, people);
  } catch (const std::exception& e) {
    FAIL_CHECK(e.what());
    on.restore();
  }
  CHECK(people.progresses(some));
  auto finished = people.finish();
  REQUIRE_MESSAGE(finished, "somebody never got an answer");
  auto done = people.histories();
  for (const auto& one : done)
    expect_nothing("answers", one.wrong);
  pqxx::connection db{on.servers.owner_url()};
  expect_nothing("replays", check_replays(on.musterd.url(), done));
  expect_nothing("records", check_records(db, done));
  expect_nothing("invariants", check_invariants(db));
  expect_nothing("outbox", check_outbox(db));
  expect_nothing("events", check_events(on.events, done));
  expect_nothing("projection", check_projection(db, done));
  MESSAGE(fmt::format("{} commands acknowledged, {} requests without an answer, {} messages delivered twice",
                      people.answered(), people.unknown(), on.events.duplicates()));
}

std::int64_t count(pqxx::connection& db, const std::string& sql) {
  pqxx::nontransaction tx{db};
  return tx.exec(sql)[0][0].as<std::int64_t>();
}

}  // namespace

TEST_CASE("crash: nothing happens to anybody") {
  survive("calm", [](stage&, crowd&) {});
}

TEST_CASE("crash: kill -9 of the server, three times") {
  survive("server", [](stage& on, crowd& people) {
    for (int blow = 0; blow < 3; ++blow) {
      on.musterd.kill();
      on.musterd.start();
      on.musterd.wait_until_ready();
      CHECK(people.progresses(some));
    }
  });
}

TEST_CASE("crash: PostgreSQL is stopped immediately") {
  survive("database", [](stage& on, crowd&) {
    on.servers.run("kill-pg");
    on.servers.run("start-pg");
  });
}

TEST_CASE("crash: kill -9 of RabbitMQ") {
  survive("broker", [](stage& on, crowd& people) {
    on.servers.run("kill-amqp");
    CHECK(people.progresses(some));
    on.servers.run("start-amqp");
  });
}

TEST_CASE("crash: every connection to the database is terminated, the writers' among them") {
  survive("backends", [](stage& on, crowd& people) {
    pqxx::connection admin{on.servers.admin_url()};
    for (int blow = 0; blow < 5; ++blow) {
      auto ended = count(admin, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                "WHERE datname = 'musterd' AND backend_type = 'client backend'");
      CHECK(ended > 0);
      CHECK(people.progresses(some));
    }
  });
}

TEST_CASE("crash: the server hangs until everybody has given up, and goes on") {
  survive("hang", [](stage& on, crowd& people) {
    on.musterd.signal(SIGSTOP);
    CHECK(people.all_left_waiting(20s));
    on.musterd.signal(SIGCONT);
  });
}

TEST_CASE("crash: RabbitMQ is away for a while; commands go on and their events wait") {
  survive("away", [](stage& on, crowd& people) {
    pqxx::connection db{on.servers.owner_url()};
    on.servers.run("stop-amqp");
    CHECK(people.progresses(4 * some));
    CHECK(count(db, "SELECT count(*) FROM messaging.outbox") >= static_cast<std::int64_t>(some));
    on.servers.run("start-amqp");
  });
}

TEST_CASE("crash: database and server go down together, and the broker after them") {
  survive("all", [](stage& on, crowd& people) {
    on.servers.run("kill-pg");
    on.musterd.kill();
    on.servers.run("start-pg");
    on.musterd.start();
    on.musterd.wait_until_ready();
    CHECK(people.progresses(some));
    on.servers.run("kill-amqp");
    on.musterd.kill();
    on.musterd.start();
    on.musterd.wait_until_ready();
    CHECK(people.progresses(some));
    on.servers.run("start-amqp");
  });
}

}  // namespace musterd::crash
