#include "persistence/find/access/find_users.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/pg/upkeep/query_cost.hpp"

#include <doctest/doctest.h>

/// Whose records a shop's manager sees.
namespace musterd::testing {
namespace {

/// People of a tenant, written as rows, with places and roles at shops.
struct staff : migrated_database {
  role_uuid role = role_uuid::generate();

  staff() {
    run(fmt::format("INSERT INTO security.role VALUES ('{}', '{}', 'R', NULL, '{{LOCATION,GLOBAL}}', "
                    "'{{}}', now(), now(), 1)",
                    to_string(tenant), to_string(role)));
  }
  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }

  person_uuid add(const std::string& name) {
    auto id = person_uuid::generate();
    run(fmt::format("INSERT INTO people.person VALUES ('{0}', '{1}', 'Pat', '{2}', NULL, 'ACTIVE', now(), "
                    "NULL, now(), now(), 1)",
                    to_string(tenant), to_string(id), name));
    run(fmt::format("INSERT INTO security.app_user VALUES ('{0}', '{1}', '{1}', '{2}', NULL, NULL, 'ACTIVE', "
                    "now(), NULL, now(), now(), 1)",
                    to_string(tenant), to_string(id), name));
    return id;
  }
  static std::string end_of(int until) {
    return until == 0 ? "NULL" : '\'' + to_string(at_hour(until)) + '\'';
  }
  void place(person_uuid who, location_uuid where, int from, int until = 0) {
    run(fmt::format("INSERT INTO people.location_assignment VALUES ('{0}', gen_random_uuid(), '{1}', '{2}', "
                    "'MECHANIC', false, '{3}', {4}, now(), now(), '{1}', '{1}', NULL, 1)",
                    to_string(tenant), to_string(who), to_string(where), to_string(at_hour(from)),
                    end_of(until)));
  }
  void assign(person_uuid who, const std::string& scope, int from, int until = 0) {
    run(fmt::format("INSERT INTO people.role_assignment VALUES ('{}', gen_random_uuid(), '{}', '{}', {}, "
                    "'{}', {}, now(), now(), '{}', NULL, 1)",
                    to_string(tenant), to_string(who), to_string(role), scope, to_string(at_hour(from)),
                    end_of(until), to_string(who)));
  }
  std::string at(location_uuid where) const { return fmt::format("'LOCATION', '{}'", to_string(where)); }

  people_scope of(std::vector<location_uuid> shops, int hour = 8) {
    return {false, std::move(shops), at_hour(hour)};
  }
  /// Names of the persons it shows, which must be those of the users it shows.
  std::string seen(const people_scope& scope) {
    pqxx::nontransaction tx{db()};
    std::string persons, users;
    for (const auto& p : find_persons(tx, tenant, scope, {}, {}).items)
      persons += p.last_name + ' ';
    for (const auto& u : find_users(tx, tenant, scope, {}, {}).items)
      users += u.username + ' ';
    CHECK(persons == users);
    return persons;
  }
};

}  // namespace

TEST_CASE("Security: scope: who is placed or assigned at a covered shop, now or later") {
  staff s;
  s.place(s.add("A-placed"), s.shop, 7);
  s.place(s.add("B-until-nine"), s.shop, 7, 9);
  s.place(s.add("C-left"), s.shop, 6, 8);
  s.place(s.add("D-coming"), s.shop, 12);
  s.place(s.add("E-never-came"), s.shop, 12, 12);
  s.place(s.add("F-elsewhere"), s.other_shop, 7);
  s.assign(s.add("G-assigned"), s.at(s.shop), 7);
  s.assign(s.add("H-was-assigned"), s.at(s.shop), 6, 8);
  s.assign(s.add("I-assigned-there"), s.at(s.other_shop), 7, 9);
  s.assign(s.add("J-everywhere"), "'GLOBAL', NULL", 7);
  auto both = s.add("K-twice");
  s.place(both, s.shop, 7);
  s.place(both, s.other_shop, 7);
  s.assign(both, s.at(s.shop), 7);
  s.add("L-nowhere");
  CHECK(s.seen(s.of({s.shop})) == "A-placed B-until-nine D-coming G-assigned K-twice ");
  CHECK(s.seen(s.of({s.shop}, 9)) == "A-placed D-coming G-assigned K-twice ");
  CHECK(s.seen(s.of({s.other_shop})) == "F-elsewhere I-assigned-there K-twice ");
  CHECK(s.seen(s.of({s.shop, s.other_shop})) ==
        "A-placed B-until-nine D-coming F-elsewhere G-assigned I-assigned-there K-twice ");
  CHECK(s.seen(s.of({})).empty());
  CHECK(s.seen({}).empty());
  pqxx::nontransaction tx{s.db()};
  CHECK(find_persons(tx, s.tenant, people_scope::everybody(), {}, {}).total_count == 12);
  CHECK(find_persons(tx, s.tenant, s.of({s.shop}), {}, {0, 2}).total_count == 5);
  CHECK(find_persons(tx, tenant_uuid::generate(), s.of({s.shop}), {}, {}).total_count == 0);
}

TEST_CASE(
    "Security: scope: what a shop's page costs depends on the shop, not on who is elsewhere or was here") {
  auto cost_among = [](int others, int former) {
    staff s;
    for (int i = 0; i < 40; ++i)
      s.place(s.add(fmt::format("M{}", i)), s.shop, 7);
    auto many = [&](int count, location_uuid where, int until) {
      s.run(fmt::format(
          "WITH p AS (INSERT INTO people.person SELECT '{0}', gen_random_uuid(), 'Pat', md5(n::text), NULL, "
          "'ACTIVE', now(), NULL, now(), now(), 1 FROM generate_series(1, {1}) n RETURNING person_id) "
          "INSERT INTO people.location_assignment SELECT '{0}', gen_random_uuid(), person_id, '{2}', "
          "'MECHANIC', "
          "false, '{3}', {4}, now(), now(), person_id, person_id, NULL, 1 FROM p",
          to_string(s.tenant), count, to_string(where), to_string(at_hour(6)), staff::end_of(until)));
    };
    many(others, s.other_shop, 0);
    many(former, s.shop, 7);
    s.run("VACUUM ANALYZE");
    auto db = reading_connection(s.url());
    pqxx::work tx{*db};
    tx.exec("SET plan_cache_mode = force_custom_plan");
    return pages_read(tx,
                      [&] { CHECK(find_persons(tx, s.tenant, s.of({s.shop}), {}, {}).total_count == 40); });
  };
  auto few = cost_among(3000, 3000), many = cost_among(15000, 15000);
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + few / 2);  // indexes are a level deeper
}

}  // namespace musterd::testing
