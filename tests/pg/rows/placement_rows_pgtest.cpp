#include "tests/pg/rows/time_clock_rows.hpp"

#include "persistence/find/find_location_assignments.hpp"
#include "persistence/load/load_person.hpp"
#include "tests/unit/person/placement_walk.hpp"

#include <doctest/doctest.h>

#include <barrier>
#include <thread>

namespace musterd::testing {
namespace {

/// A person at two shops of a private database, who decides, commits and evolves like an entity.
class placed_person {
 public:
  placed_person() {
    person nina;
    nina.person_id = id;
    nina.first_name = nina.last_name = "Nina";
    REQUIRE(commit_one(writer, unit_of(d.tenant, nina)) == "ok");
    for (auto shop : {d.shop, d.other_shop})
      locations.add(d.tenant, {shop, "X", "X", "America/Chicago", location_status::active, {}, {}, 1});
    state = stored();
  }

  person_state stored() {
    pqxx::nontransaction tx{d.db()};
    return load_person(tx, d.tenant, id);
  }
  request_context at(timestamp now) const {
    request_context ctx;
    ctx.tenant = d.tenant;
    ctx.actor = id.value;
    ctx.now = now;
    ctx.correlation_id = "test";
    return ctx;
  }
  /// "ok", or the fault's code, from the rules or from the tables.
  template <class Command>
  std::string run(const Command& c, timestamp now) {
    generated_ids ids;
    facts known{locations, roles, ids};
    auto made = decide(state, c, at(now), known);
    if (!made)
      return made.error().code;
    auto next = state;
    effects out;
    for (const auto& event : made->events) {
      evolve(next, event);
      add_effects(out, event, at(now), ids);
    }
    auto result = commit_one(writer, {id.value, std::move(out.writes)});
    if (result == "ok")
      state = std::move(next);
    return result;
  }

  migrated_database d;
  person_uuid id = person_uuid::generate();
  journal_writer writer{d.url()};
  location_directory locations;
  role_catalog roles;
  person_state state;
};

place_person placing(const placed_person& p, location_uuid where, int from_hour, std::optional<int> to_hour,
                     bool primary = false) {
  place_person c;
  c.person_id = p.id;
  c.location_id = where;
  c.role = "MECHANIC";
  c.is_primary = primary;
  c.effective_start_at = at_hour(from_hour);
  if (to_hour)
    c.effective_end_at = at_hour(*to_hour);
  return c;
}

/// A row as written by an actor that knows of no other.
location_assignment row(const placed_person& p, location_uuid where, int from_hour,
                        std::optional<int> to_hour, bool primary, const std::string& role = "MECHANIC") {
  auto c = placing(p, where, from_hour, to_hour, primary);
  return {location_assignment_uuid::generate(),
          p.id,
          where,
          role,
          primary,
          c.effective_start_at,
          c.effective_end_at,
          at_hour(0),
          at_hour(0),
          p.id.value,
          p.id.value,
          {},
          1};
}

}  // namespace

TEST_CASE("placement rows: over random histories the tables hold what the actor does, after every step "
          "[S86-R6 S86-R7]") {
  int demotions = 0;
  for (unsigned seed = 0; seed < 12; ++seed) {
    placed_person p;
    placement_walk walk{seed, p.id, {p.d.shop, p.d.other_shop}, at_hour(7)};
    for (int step = 0; step < 40; ++step) {
      CAPTURE(seed);
      CAPTURE(step);
      auto command = walk.next(p.state);
      auto before = p.state;
      auto result = std::visit([&](const auto& c) { return p.run(c, walk.now); }, command);
      CHECK(result != "CONSTRAINT_VIOLATED");
      CHECK(result != "VERSION_CONFLICT");
      if (result != "ok")
        CHECK(p.state == before);
      REQUIRE(p.stored() == p.state);
      REQUIRE(overlaps_in(p.state.placements) == 0);
    }
    for (const auto& a : p.state.placements)
      demotions += a.change_reason_code == "PRIMARY_DEMOTED";
    // S86-R6, S86-R7: one row version, one audit entry and one event each.
    auto versions = p.d.number("SELECT coalesce(sum(version), 0) FROM people.location_assignment");
    CHECK(p.d.number("SELECT count(*) FROM audit.entry WHERE subject_type = 'PersonLocationAssignment'") ==
          versions);
    CHECK(p.d.number("SELECT count(*) FROM messaging.outbox") == versions);
  }
  CHECK(demotions > 5);
}

TEST_CASE("placement rows: the demotion makes way for the new primary within one statement [S86-AC3 S86-R2 "
          "S86-F9]") {
  placed_person p;
  CHECK(p.run(placing(p, p.d.shop, 7, {}, true), at_hour(7)) == "ok");
  CHECK(p.run(placing(p, p.d.other_shop, 12, {}, true), at_hour(8)) == "ok");
  CHECK(p.writer.split_batches() == 0);
  CHECK(p.stored().placements.at(0).effective_end_at == at_hour(12) - std::chrono::seconds{1});
  CHECK(p.d.number("SELECT count(DISTINCT xmin::text) FROM people.location_assignment") == 1);
  // Without the demotion the same row is refused.
  CHECK(refusal_of(p.d, unit_of(p.d.tenant, row(p, p.d.shop, 13, 14, true, "ADVISOR"))) ==
        "one_primary_placement");
}

TEST_CASE("placement rows: each rule refuses, by its name, and the caller gets its code [S86-R2 S86-R4 "
          "S86-R5 D-16]") {
  placed_person p;
  auto running = row(p, p.d.shop, 8, 12, true);
  REQUIRE(commit_one(p.writer, unit_of(p.d.tenant, running)) == "ok");
  auto expect = [&](const location_assignment& offence, const char* constraint, const char* code) {
    CAPTURE(constraint);
    CHECK(refusal_of(p.d, unit_of(p.d.tenant, offence)) == constraint);
    CHECK(commit_one(p.writer, unit_of(p.d.tenant, offence)) == code);
  };
  expect(row(p, p.d.shop, 11, 13, false), "placements_do_not_overlap", "ASSIGNMENT_OVERLAP");
  expect(row(p, p.d.shop, 11, {}, false, "Mechanic"), "placements_do_not_overlap", "ASSIGNMENT_OVERLAP");
  expect(row(p, p.d.other_shop, 11, 13, true), "one_primary_placement", "PRIMARY_OVERLAP");
  expect(row(p, p.d.other_shop, 13, 12, false), "placement_ends_after_start", "VALIDATION_FAILED");
  expect(row(p, location_uuid::generate(), 8, 9, false), "placement_location", "CONSTRAINT_VIOLATED");
  auto stranger = row(p, p.d.shop, 8, 9, false);
  stranger.person_id = person_uuid::generate();
  expect(stranger, "placement_person", "CONSTRAINT_VIOLATED");
  for (auto change :
       {+[](location_assignment& a, const placed_person&) { a.role = "ADVISOR"; },
        +[](location_assignment& a, const placed_person& who) { a.location_id = who.d.other_shop; },
        +[](location_assignment& a, const placed_person&) { a.person_id = person_uuid::generate(); }}) {
    auto changed = running;
    ++changed.version;
    change(changed, p);
    expect(changed, "placement_is_immutable", "ASSIGNMENT_IMMUTABLE");
  }
  CHECK_THROWS_AS(pqxx::nontransaction{p.d.db()}.exec("DELETE FROM people.location_assignment"),
                  pqxx::sql_error);
  for (const auto& allowed :
       {row(p, p.d.shop, 12, 13, true), row(p, p.d.shop, 7, 8, true), row(p, p.d.shop, 9, 9, true),
        row(p, p.d.shop, 9, 10, false, "ADVISOR"), row(p, p.d.other_shop, 9, 10, false)})
    CHECK(commit_one(p.writer, unit_of(p.d.tenant, allowed)) == "ok");
}

TEST_CASE("placement rows: of writers that knew nothing of each other one wins [S86-R2 S86-R4 D-16]") {
  for (bool primary : {false, true}) {
    CAPTURE(primary);
    placed_person p;
    constexpr int rivals = 4;
    std::vector<std::string> results(rivals);
    std::barrier ready{rivals};
    {
      std::vector<std::jthread> threads;
      threads.reserve(rivals);
      for (int i = 0; i < rivals; ++i)
        threads.emplace_back([&, i] {
          // Primary ones at alternating shops, so that only "one primary" is in the way.
          auto unit = unit_of(p.d.tenant, row(p, primary && i % 2 ? p.d.other_shop : p.d.shop, 8 + i, 20,
                                              primary, primary ? "ROLE" + std::to_string(i) : "MECHANIC"));
          ready.arrive_and_wait();
          results[static_cast<std::size_t>(i)] = refusal_of(p.d, unit);
        });
    }
    int won = 0;
    for (const auto& r : results) {
      won += r == "ok";
      CHECK((r == "ok" || r == "deadlock" ||
             r == (primary ? "one_primary_placement" : "placements_do_not_overlap")));
    }
    CHECK(won == 1);
    CHECK(overlaps_in(p.stored().placements) == 0);
    CHECK(p.stored().placements.size() == 1);
  }
}

TEST_CASE("placement rows: one person's windows are nobody else's, not even those of the same id elsewhere "
          "[S86-R2 S86-R4]") {
  placed_person p;
  REQUIRE(commit_one(p.writer, unit_of(p.d.tenant, row(p, p.d.shop, 8, 12, true))) == "ok");
  auto tenant = tenant_uuid::generate();
  pqxx::nontransaction{p.d.db()}.exec(
      fmt::format("INSERT INTO people.tenant VALUES ('{0}', 'other', 'Other'); "
                  "INSERT INTO people.location SELECT '{0}', location_id, code, name, timezone, status, "
                  "created_at, updated_at, 1 FROM people.location; "
                  "INSERT INTO people.person SELECT '{0}', person_id, first_name, last_name, primary_email, "
                  "status, status_effective_at, status_reason_code, created_at, updated_at, 1 FROM "
                  "people.person",
                  to_string(tenant)));
  CHECK(refusal_of(p.d, unit_of(tenant, row(p, p.d.shop, 8, 12, true))) == "ok");
}

TEST_CASE(
    "placement query: active, over and all at an instant, within the shops one may see, in pages [S86-F8]") {
  placed_person p;
  auto over = row(p, p.d.shop, 6, 8, false), now = row(p, p.d.shop, 8, 12, false),
       there = row(p, p.d.other_shop, 7, {}, true), coming = row(p, p.d.shop, 12, {}, false);
  REQUIRE(commit_one(p.writer, unit_of(p.d.tenant, over, now, there, coming)) == "ok");
  auto found = [&](placement_period period, int hour, std::vector<location_uuid> among = {},
                   page_limits limits = {}) {
    placement_filter wanted;
    wanted.person_id = p.id;
    wanted.state = period;
    wanted.at = at_hour(hour);
    people_scope scope{among.empty(), std::move(among), at_hour(hour)};
    pqxx::nontransaction tx{p.d.db()};
    return find_location_assignments(tx, p.d.tenant, scope, wanted, limits);
  };
  using rows = std::vector<location_assignment>;
  CHECK(found(placement_period::active, 8).items == rows{there, now});
  CHECK(found(placement_period::active, 12).items == rows{there, coming});
  CHECK(found(placement_period::history, 7).items == rows{});
  CHECK(found(placement_period::history, 8).items == rows{over});
  CHECK(found(placement_period::history, 12).items == rows{over, now});
  CHECK(found(placement_period::all, 8).items == rows{over, there, now, coming});
  auto by_strangers = now;  // its author is nobody of that shop
  by_strangers.created_by = by_strangers.updated_by = {};
  CHECK_FALSE(by_strangers == now);
  CHECK(found(placement_period::active, 8, {p.d.shop}).items == rows{by_strangers});
  CHECK(found(placement_period::all, 8, {location_uuid::generate()}).items == rows{});
  auto second = found(placement_period::all, 8, {}, {1, 3});
  CHECK(second.items == rows{coming});
  CHECK(second.total_count == 4);
  pqxx::nontransaction tx{p.d.db()};
  CHECK(find_location_assignment(tx, p.d.tenant, people_scope::everybody(), there.assignment_id) == there);
  CHECK_FALSE(
      find_location_assignment(tx, tenant_uuid::generate(), people_scope::everybody(), there.assignment_id)
          .has_value());
}

}  // namespace musterd::testing
