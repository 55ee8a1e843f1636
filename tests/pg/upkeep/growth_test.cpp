#include "domain/person/roles/authorization.hpp"
#include "persistence/find/access/find_role_assignments.hpp"
#include "persistence/find/find_location_assignments.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "persistence/load/load_person.hpp"
#include "persistence/load/load_timecard.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/pg/upkeep/query_cost.hpp"

#include <doctest/doctest.h>

/// Frequent reads read the same amount after one year and after ten.
namespace musterd::testing {
namespace {

constexpr int one_year = 365, ten_years = 3650;

/// A user who was given a role, a placement and a session, worked, and took two breaks every day; next to
/// others with a week of that.
class old_hand {
 public:
  explicit old_hand(int days) {
    pqxx::work tx{d.db()};
    for (const auto* checked : {"clock_session", "break_record"})  // the rows are right; checking each takes
                                                                   // long
      tx.exec(fmt::format("ALTER TABLE people.{} DISABLE TRIGGER USER", checked));
    tx.exec(fmt::format(
        "INSERT INTO security.role VALUES ('{}', '{}', 'R', NULL, '{{LOCATION,GLOBAL}}', '{{}}', now(), "
        "now(), 1)",
        tenant(), to_string(role)));
    live(tx, person, user, days);
    for (int i = 0; i < 20; ++i)
      live(tx, person_uuid::generate(), user_uuid::generate(), 7);
    tx.commit();
    pqxx::nontransaction{d.db()}.exec("VACUUM ANALYZE");
  }

  /// Pages that `work` reads on a connection like the read pool's.
  template <class F>
  std::int64_t cost(F&& work) {
    auto db = reading_connection(d.url());
    pqxx::work tx{*db};
    return pages_read(tx, [&] { work(tx); });
  }

  std::string tenant() const { return to_string(d.tenant); }

  migrated_database d;
  person_uuid person = person_uuid::generate();
  user_uuid user = user_uuid::generate();
  role_uuid role = role_uuid::generate();

 private:
  void live(pqxx::transaction_base& tx, person_uuid who, user_uuid as, int days) {
    auto p = to_string(who), u = to_string(as), shop = to_string(d.shop);
    tx.exec(fmt::format(
        "INSERT INTO people.person VALUES ('{0}', '{1}', 'A', 'B', NULL, 'ACTIVE', now(), NULL, now(), "
        "now(), 1)",
        tenant(), p));
    tx.exec(fmt::format(
        "INSERT INTO security.app_user VALUES ('{0}', '{2}', '{1}', '{2}', NULL, NULL, 'ACTIVE', now(), "
        "NULL, now(), now(), 1)",
        tenant(), p, u));
    tx.exec(fmt::format(
        "CREATE TEMP TABLE day ON COMMIT DROP AS SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS "
        "session, date_trunc('day', now()) - n * interval '1 day' AS at FROM generate_series(0, {}) n",
        days));
    tx.exec(fmt::format(
        "INSERT INTO people.role_assignment SELECT '{0}', id, '{2}', '{3}', 'LOCATION', '{4}', at - "
        "interval '1 day', CASE WHEN n > 0 THEN at END, now(), now(), '{2}', NULL, 1 FROM day",
        tenant(), p, u, to_string(role), shop));
    tx.exec(fmt::format(
        "INSERT INTO people.location_assignment SELECT '{0}', id, '{1}', '{4}', 'R', true, at - interval "
        "'1 day', CASE WHEN n > 0 THEN at END, now(), now(), '{2}', '{2}', NULL, 1 FROM day",
        tenant(), p, u, to_string(role), shop));
    tx.exec(fmt::format(
        "INSERT INTO security.refresh_token_family SELECT '{0}', id, '{2}', repeat('0', 64), 1, at, at, at "
        "+ interval '25 hours', NULL, NULL, 1 FROM day",
        tenant(), p, u));
    tx.exec(fmt::format(
        "INSERT INTO people.timecard SELECT '{0}', id, '{1}', '{2}', at::date, 'CLOSED', 1 FROM day",
        tenant(), p, shop));
    tx.exec(fmt::format(
        "INSERT INTO people.clock_session SELECT '{0}', session, id, '{1}', '{2}', at, at + interval '8 "
        "hours', 'CLOSED', NULL, NULL, 1 FROM day",
        tenant(), p, shop));
    tx.exec(fmt::format(
        "INSERT INTO people.break_record SELECT '{0}', gen_random_uuid(), id, session, '{1}', 'MEAL', "
        "'COMPLETED', at + b * interval '1 hour', at + b * interval '1 hour' + interval '5 minutes', "
        "'MANUAL_ENDED', false, NULL, NULL, NULL, now(), now(), '{1}', '{1}', 1 FROM day, "
        "generate_series(1, 2) b",
        tenant(), p));
    tx.exec("DROP TABLE day");
  }
};

/// Shared by all tests: making it takes longer than querying it.
old_hand& after(int days) {
  static old_hand young{one_year}, old{ten_years};
  return days == one_year ? young : old;
}

template <class F>
void check_flat(const F& cost_after) {
  auto few = cost_after(after(one_year)), many = cost_after(after(ten_years));
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + few / 4 + 5);
}

}  // namespace

TEST_CASE("growth: a person that wakes reads as much after ten years as after one") {
  check_flat([](old_hand& of) {
    person_state state;
    auto pages = of.cost([&](auto& tx) { state = load_person(tx, of.d.tenant, of.person); });
    CHECK(state.assignments.size() == remembered_endings + 1);
    CHECK(state.placements.size() == remembered_endings + 1);
    CHECK(state.sessions.size() <= 2);
    REQUIRE(state.assignments_since.has_value());
    CHECK(state.assignments_since == state.assignments.front().effective_end_date);
    CHECK(state.placements_since.has_value());
    return pages;
  });
}

TEST_CASE("growth: a timecard that wakes reads as much after ten years as after one") {
  check_flat([](old_hand& of) {
    timecard_state state;
    auto pages = of.cost([&](auto& tx) { state = load_timecard(tx, of.d.tenant, of.person); });
    CHECK(state.recent.size() == 3);
    CHECK(state.last_break_type == break_type::meal);
    return pages;
  });
}

TEST_CASE("growth: gauges read as much after ten years as after one") {
  check_flat([](old_hand& of) {
    std::vector<assignment_count> counts;
    std::int64_t placements = 0;
    auto pages = of.cost([&](auto& tx) {
      counts = count_assignments_in_force(tx);
      placements = count_placements_in_force(tx);
    });
    CHECK(placements == 21);
    REQUIRE(counts.size() == 2);
    for (const auto& c : counts)
      CHECK(c.assignments == (c.scope_type == scope_type::location ? 21 : 0));
    return pages;
  });
}

TEST_CASE("past decisions: what is not remembered is read, and decides") {
  auto& of = after(ten_years);
  auto db = reading_connection(of.d.url());
  pqxx::work tx{*db};
  auto user = authorize(load_person(tx, of.d.tenant, of.person));
  REQUIRE(user);
  auto now = wall_clock_now();
  auto then = now - std::chrono::days{3000};
  CHECK(user->knows(now));
  CHECK(user->knows(now - std::chrono::days{50}));
  CHECK_FALSE(user->knows(then));
  auto held = find_past_assignments(tx, of.d.tenant, of.user, then);
  REQUIRE(held.size() == 1);
  CHECK(held[0].holds_at(then));
  auto past = with_past(*user, held);
  auto in_force = [&](const authorized_user& u) {
    return std::count_if(u.grants.begin(), u.grants.end(), [&](const auto& g) { return g.holds_at(then); });
  };
  CHECK(in_force(*user) == 0);
  CHECK(in_force(*past) == 1);
  CHECK(in_force(*with_past(*past, held)) == 1);
}

TEST_CASE(
    "growth: looking for changed companies, and reading one, costs the same among a hundred and a thousand") {
  auto cost_among = [](int companies) {
    migrated_database d;
    pqxx::nontransaction tx{d.db()};
    tx.exec(fmt::format(
        "INSERT INTO people.tenant SELECT gen_random_uuid(), 'c' || n, 'C' FROM generate_series(1, {}) n",
        companies));
    tx.exec("INSERT INTO people.location SELECT tenant_id, gen_random_uuid(), 'X' || n, 'X', "
            "'America/Chicago', 'ACTIVE', "
            "now(), now(), 1 FROM people.tenant, generate_series(1, 3) n ORDER BY 1");
    tx.exec("INSERT INTO security.role SELECT tenant_id, gen_random_uuid(), 'R' || n, NULL, '{GLOBAL}', "
            "'{}', now(), now(), "
            "1 FROM people.tenant, generate_series(1, 5) n ORDER BY 1");
    tx.exec("VACUUM ANALYZE");
    company_directories shown;
    company_watch since;
    refresh_companies(tx, shown, since);
    show_company(tx, shown, d.tenant);
    tx.exec(
        fmt::format("UPDATE people.location SET name = 'new' WHERE location_id = '{}'", to_string(d.shop)));
    auto read = reading_connection(d.url());
    pqxx::work reading{*read};
    auto pages = pages_read(reading, [&] { refresh_companies(reading, shown, since); });
    CHECK(shown.find(d.tenant)->locations.find(d.tenant, d.shop)->name == "new");
    CHECK(pages_read(reading, [&] { refresh_companies(reading, shown, since); }) < pages);
    return pages;
  };
  auto few = cost_among(100), many = cost_among(1000);
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + few / 4 + 5);
}

TEST_CASE("company changes: one that commits after a later one is not missed") {
  migrated_database d;
  pqxx::connection slow{d.database().owner_url()}, quick{d.database().owner_url()};
  pqxx::nontransaction tx{d.db()};
  company_directories shown;
  company_watch since;
  refresh_companies(tx, shown, since);
  show_company(tx, shown, d.tenant);
  auto name_now = [&](location_uuid shop) {
    return shown.find(d.tenant)->locations.find(d.tenant, shop)->name;
  };
  auto other = to_string(tenant_uuid::generate());
  pqxx::work late{slow};
  late.exec(
      fmt::format("UPDATE people.location SET name = 'late' WHERE location_id = '{}'", to_string(d.shop)));
  {
    pqxx::work early{quick};
    early.exec(fmt::format("INSERT INTO people.tenant VALUES ('{}', 'o', 'O')", other));
    early.exec(fmt::format(
        "INSERT INTO people.location VALUES ('{}', gen_random_uuid(), 'E', 'E', 'America/Chicago', "
        "'ACTIVE', now(), now(), 1)",
        other));
    early.commit();
  }
  refresh_companies(tx, shown, since);
  CHECK(name_now(d.shop) == "A");
  late.commit();
  refresh_companies(tx, shown, since);
  CHECK(name_now(d.shop) == "late");
  CHECK_FALSE(shown.contains({*uuid::parse(other)}));
}

TEST_CASE("company changes: who connects again reads all that is shown, for its server may count otherwise") {
  migrated_database d;
  pqxx::nontransaction tx{d.db()};
  company_directories shown;
  company_watch watch;
  refresh_companies(tx, shown, watch);
  show_company(tx, shown, d.tenant);
  auto name_now = [&] { return shown.find(d.tenant)->locations.find(d.tenant, d.shop)->name; };
  // As from a lagging standby or a restored dump: lower transaction and change numbers.
  watch.since = "4000000000";
  tx.exec(
      fmt::format("UPDATE people.location SET name = 'here' WHERE location_id = '{}'", to_string(d.shop)));
  tx.exec("UPDATE people.company_change SET version = 0");
  refresh_companies(tx, shown, watch);
  CHECK(name_now() == "A");
  watch = {};
  CHECK(refresh_companies(tx, shown, watch) == std::vector{d.tenant});
  CHECK(name_now() == "here");
  CHECK(refresh_companies(tx, shown, watch).empty());
}

}  // namespace musterd::testing
