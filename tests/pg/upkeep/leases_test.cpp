#include "persistence/lead/leader_loop.hpp"

#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/support/deadline.hpp"
#include "tests/support/network/distant_database.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

/// Who does what one server does at a time, by leases of the database's.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr lease_times times{1500ms, 150ms, 200ms};
const leader_role role{.name = "relay", .session_name = "test", .longest_silence = 5s, .asked_every = 20ms};

/// A server, as far as leases go.
struct contender {
  explicit contender(const std::string& url) : leases{url, times}, session{leases, role, {}} {}
  bool leads(const std::optional<lease_term>& before = {}) { return session.try_lead(before); }

  lease_keeper leases;
  leader_session session;
};

struct two_servers : migrated_database {
  contender one{url()}, other{url()};

  bool is_held() {
    return number("SELECT count(*) FROM cluster.lease WHERE role = 'relay' AND until > clock_timestamp()") ==
           1;
  }
  std::int64_t epoch() { return number("SELECT epoch FROM cluster.lease WHERE role = 'relay'"); }
  void end_by_hand() {
    pqxx::nontransaction{db()}.exec(
        "UPDATE cluster.lease SET until = clock_timestamp() WHERE role = 'relay'");
  }
};

bool may_write(leader_session& at) try {
  leading_work work{at};
  work.tx.commit();
  return true;
} catch (const lease_lost&) {
  return false;
}

/// A server whose leader has something to do all the time.
struct working {
  explicit working(const std::string& url) : leases{url, times} {}

  lease_keeper leases;
  std::atomic<int> turns{0};
  leader_loop loop{leases,
                   role,
                   {.turn =
                        [this](leader_session&, const ending&) {
                          ++turns;
                          return std::chrono::steady_clock::now() + 5ms;
                        },
                    .lost = [](const char*) {}}};
  std::jthread thread{[this](const std::stop_token& stop) { loop.run(stop); }};
};

}  // namespace

TEST_CASE_FIXTURE(two_servers,
                  "lease: one has it, and whoever asks after it was given up, under another epoch") {
  REQUIRE(one.leads());
  CHECK(may_write(one.session));
  CHECK_FALSE(other.leads());
  CHECK_FALSE(may_write(other.session));
  one.session.give_up();
  CHECK_FALSE(one.session.leads());
  REQUIRE(other.leads());
  CHECK(other.session.term()->epoch == 2);
}

TEST_CASE_FIXTURE(two_servers,
                  "lease: it is renewed while its holder asks for it, and runs out when they hang") {
  REQUIRE(one.leads());
  for (auto until = std::chrono::steady_clock::now() + 3 * times.lasts;
       std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(20ms)) {
    REQUIRE(one.session.leads());
    REQUIRE_FALSE(other.leads());
  }
  auto began = std::chrono::steady_clock::now();
  CHECK(becomes_true(30s, [&] { return other.leads(); }));
  CHECK(std::chrono::steady_clock::now() - began > role.longest_silence);
  CHECK_FALSE(one.session.leads());
}

TEST_CASE_FIXTURE(two_servers, "lease: its holder thinks it over before the database does") {
  REQUIRE(one.leads());
  auto still_held = true;
  CHECK(becomes_true(30s, [&] {
    pqxx::nontransaction tx{db()};
    auto now = tx.exec("SELECT until > clock_timestamp() FROM cluster.lease WHERE role = 'relay'");
    still_held = now[0][0].as<bool>();
    // As if the database could not be reached any more.
    tx.exec("UPDATE cluster.lease SET holder = NULL WHERE role = 'relay'");
    return !one.session.leads();
  }));
  CHECK(still_held);
}

TEST_CASE_FIXTURE(two_servers, "lease: what is written under one that somebody else has is refused") {
  REQUIRE(one.leads());
  auto stale = *one.session.term();
  journal_writer writer{url()};
  auto write = [&](const lease_term& term) {
    auto card = card_of(person_uuid::generate(), shop);
    auto unit = unit_of(tenant, card);
    unit.writes.push_back(under(term));
    return commit_one(writer, unit);
  };
  CHECK(write(stale) == "ok");
  end_by_hand();
  REQUIRE(other.leads());
  REQUIRE(one.session.leads());  // it has not heard of it
  CHECK_FALSE(may_write(one.session));
  CHECK(write(stale) == led_by_another.code);
  CHECK(write(*other.session.term()) == "ok");
  CHECK(number("SELECT count(*) FROM people.timecard") == 2);
}

TEST_CASE_FIXTURE(two_servers, "lease: in a batch it refuses what is written under it, and nothing else") {
  REQUIRE(one.leads());
  auto current = *one.session.term(), stale = current;
  --stale.epoch;
  std::vector<commit_unit> units;
  for (const auto* term : {&current, &stale, &current}) {
    units.push_back(unit_of(tenant, card_of(person_uuid::generate(), shop)));
    units.back().writes.push_back(under(*term));
  }
  units.push_back(unit_of(tenant, card_of(person_uuid::generate(), shop)));
  journal_writer writer{url()};
  CHECK(commit_all(writer, units) ==
        std::vector<std::string>{"ok", std::string{led_by_another.code}, "ok", "ok"});
}

TEST_CASE_FIXTURE(two_servers,
                  "lease: while something is written under it nobody takes it, and its holder may renew it") {
  REQUIRE(one.leads());
  std::atomic<bool> written{false};
  std::optional<leading_work> work{std::in_place, one.session};
  std::jthread writing{[&] {
    work->tx.exec("SELECT pg_sleep(4)");  // longer than the lease lasts
    written = true;
    work->tx.commit();
  }};
  std::this_thread::sleep_for(2 * times.lasts);
  CHECK(is_held());
  CHECK(one.session.leads());
  end_by_hand();
  REQUIRE(other.leads());
  CHECK(written);
}

TEST_CASE_FIXTURE(two_servers,
                  "lease: a new session of its holder has it at once, and fences the one before") {
  REQUIRE(one.leads());
  leader_session again{one.leases, role, {}};
  REQUIRE(again.try_lead(one.session.term()));
  CHECK(again.term()->epoch == 2);
  CHECK_FALSE(may_write(one.session));
  CHECK(may_write(again));
  CHECK_FALSE(other.leads());
}

TEST_CASE_FIXTURE(migrated_database,
                  "leader loop: one that cannot reach the database has stopped when another one leads") {
  distant_database wire;
  working cut_off{wire.url_of(db().dbname())};
  REQUIRE(becomes_true(30s, [&] { return cut_off.turns > 3; }));
  working other{url()};
  std::this_thread::sleep_for(2 * times.lasts);
  CHECK(other.turns == 0);
  wire.proxy.freeze();  // its turns ask the database nothing, and it notices nothing else
  auto both = false;
  REQUIRE(becomes_true(
      30s,
      [&] {
        auto before = cut_off.turns.load();
        auto led = other.turns > 0;
        std::this_thread::sleep_for(20ms);
        both = both || (led && cut_off.turns != before);
        return other.turns > 20;
      },
      0ms));
  CHECK_FALSE(both);
  auto turns = cut_off.turns.load();
  wire.proxy.thaw();
  std::this_thread::sleep_for(2 * times.lasts);
  CHECK(cut_off.turns == turns);
}

}  // namespace musterd::testing
