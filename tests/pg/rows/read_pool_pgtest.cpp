#include "persistence/sql/read_pool.hpp"

#include "tests/support/deadline.hpp"
#include "tests/support/scratch_database.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <future>

/// Which reads wait for which, and how long at most.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t gate = 4711;
constexpr auto patience = 20s;

/// Waits for the gate, maybe for ever, whatever the server's time-out.
void pass_gate(pqxx::transaction_base& tx) {
  tx.exec("SET statement_timeout = 0");
  tx.exec(fmt::format("SELECT pg_advisory_lock_shared({0}), pg_advisory_unlock_shared({0})", gate));
}

/// The future becomes "answered" or "failed".
std::future<std::string> ask(read_pool& pool, read_use use,
                             const std::function<void(pqxx::transaction_base&)>& what) {
  auto answer = std::make_shared<std::promise<std::string>>();
  auto result = answer->get_future();
  auto accepted = pool.submit({[answer, what](pqxx::transaction_base& tx) {
                                 what(tx);
                                 answer->set_value("answered");
                               },
                               [answer](const std::exception&) { answer->set_value("failed"); }},
                              use);
  if (!accepted)
    answer->set_value("refused");
  return result;
}

std::string outcome_of(std::future<std::string>& of) {
  return of.wait_for(patience) == std::future_status::ready ? of.get() : "nothing";
}

void look(pqxx::transaction_base& tx) {
  tx.exec("SELECT 1");
}

/// A private database with a closed gate.
struct closed_gate {
  closed_gate() : db{database.owner_url()} { run(fmt::format("SELECT pg_advisory_lock({})", gate)); }
  void open() { run(fmt::format("SELECT pg_advisory_unlock({})", gate)); }
  std::int64_t waiting() {
    return number_of(db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                         "wait_event_type = 'Lock'");
  }
  bool waits(std::int64_t how_many) {
    return becomes_true(patience, [&] { return waiting() == how_many; });
  }
  void run(const std::string& sql) { pqxx::nontransaction{db}.exec(sql); }

  scratch_database database;
  pqxx::connection db;
};

read_pool_settings settings_for(const closed_gate& g, std::chrono::milliseconds deadline = 60s) {
  read_pool_settings s;
  s.database_url = g.database.url();
  s.command_threads = 1;
  s.list_threads = 2;
  s.max_waiting_lists = 3;
  s.deadline = deadline;
  return s;
}

}  // namespace

TEST_CASE("read pool: what a command waits for never stands behind lists") {
  closed_gate g;
  read_pool pool{settings_for(g)};
  std::vector<std::future<std::string>> lists;
  for (int i = 0; i < 2; ++i)
    lists.push_back(ask(pool, read_use::list, pass_gate));
  REQUIRE(g.waits(2));
  for (int i = 0; i < 3; ++i)
    lists.push_back(ask(pool, read_use::list, look));
  auto one_more = ask(pool, read_use::list, look);
  CHECK(outcome_of(one_more) == "refused");
  CHECK(pool.lane(read_use::list).refused() == 1);
  auto wake = ask(pool, read_use::command, look);
  CHECK(outcome_of(wake) == "answered");
  CHECK(g.waiting() == 2);
  CHECK(pool.lane(read_use::list).waiting() == 3);
  g.open();
  for (auto& list : lists)
    CHECK(outcome_of(list) == "answered");
}

TEST_CASE("read pool: a read that is never answered fails at its deadline, and its thread goes on") {
  closed_gate g;
  read_pool pool{settings_for(g, 500ms)};
  auto stuck = ask(pool, read_use::command, pass_gate);
  CHECK(outcome_of(stuck) == "failed");
  auto next = ask(pool, read_use::command, look);
  CHECK(outcome_of(next) == "answered");
  CHECK(pool.lane(read_use::command).overdue() == 1);
}

TEST_CASE("read pool: what waited beyond its deadline fails without being run") {
  closed_gate g;
  read_pool pool{settings_for(g, 500ms)};
  std::atomic<bool> ran = false;
  std::promise<void> release;
  auto busy = ask(pool, read_use::command, [held = release.get_future().share()](auto&) { held.wait(); });
  auto behind = ask(pool, read_use::command, [&](auto&) { ran = true; });
  CHECK(outcome_of(behind) == "failed");
  release.set_value();
  CHECK(outcome_of(busy) == "answered");
  CHECK_FALSE(ran);
}

TEST_CASE("read pool: it ends though a query hangs, and fails what waits") {
  closed_gate g;
  auto pool = std::make_unique<read_pool>(settings_for(g));
  auto stuck = ask(*pool, read_use::command, pass_gate), behind = ask(*pool, read_use::command, look);
  REQUIRE(g.waits(1));
  auto ended = std::async(std::launch::async, [&] { pool.reset(); });
  auto in_time = ended.wait_for(patience) == std::future_status::ready;
  CHECK(in_time);
  if (!in_time)
    g.open();  // or this test would not end either
  CHECK(outcome_of(stuck) == "failed");
  CHECK(outcome_of(behind) == "failed");
}

TEST_CASE("read pool: connections that the server ended are opened again, and nobody hears of it") {
  closed_gate g;
  read_pool pool{settings_for(g)};
  std::string first = "SELECT 1", said = "answered";
  SUBCASE("after a job") {}
  SUBCASE("after one that failed") {
    first = "SELECT 1 / 0";
    said = "failed";
  }
  auto before = ask(pool, read_use::command, [&](pqxx::transaction_base& tx) { tx.exec(first); });
  REQUIRE(outcome_of(before) == said);
  end_other_clients(g.db);
  REQUIRE(becomes_true(
      patience, [&] { return number_of(g.db, fmt::format("SELECT count(*) {}", other_clients)) == 0; }));
  auto after = ask(pool, read_use::command, look);
  CHECK(outcome_of(after) == "answered");
}

TEST_CASE("read pool: so are those that were opened in vain, for work that another thread had taken") {
  closed_gate g;
  for (int round = 0; round < 10; ++round) {
    auto settings = settings_for(g);
    settings.command_threads = 4;
    read_pool pool{settings};
    auto ask_all = [&](const std::string& sql) {
      std::vector<std::future<std::string>> answers;
      for (int i = 0; i < 4; ++i)
        answers.push_back(ask(pool, read_use::command, [sql](pqxx::transaction_base& tx) { tx.exec(sql); }));
      for (auto& answer : answers)
        CHECK(outcome_of(answer) == "answered");
    };
    ask_all("SELECT 1");  // one thread with a connection may do all of it while others open theirs
    // Repeatedly, because one of them may just be opening its own.
    REQUIRE(becomes_true(patience, [&] {
      return number_of(g.db, fmt::format("SELECT count(pg_terminate_backend(pid)) {}", other_clients)) == 0;
    }));
    ask_all("SELECT pg_sleep(0.05)");
  }
}

}  // namespace musterd::testing
