#include "tests/pg/rows/time_clock_rows.hpp"

#include "persistence/schema/server_role.hpp"
#include "persistence/sql/constraint_faults.hpp"
#include "tests/support/deadline.hpp"

namespace musterd::testing {
namespace {

/// Migrated once; each test's own database is a copy.
const scratch_database& migrated() {
  struct template_database {
    scratch_database database;
    template_database() { prepare_database(database.owner_url(), database.url()); }
  };
  static const template_database only;
  return only.database;
}

constexpr auto rules_broken = R"(
SELECT (SELECT count(*) FROM (SELECT 1 FROM people.clock_session WHERE status = 'OPEN'
          GROUP BY tenant_id, person_id HAVING count(*) > 1) x)
     + (SELECT count(*) FROM (SELECT 1 FROM people.break_record WHERE status = 'IN_PROGRESS'
          GROUP BY tenant_id, mechanic_id HAVING count(*) > 1) x)
     + (SELECT count(*) FROM people.break_record a JOIN people.break_record b
          ON a.timecard_id = b.timecard_id AND a.id < b.id
         AND tstzrange(a.start_time, a.end_time) && tstzrange(b.start_time, b.end_time))
     + (SELECT count(*) FROM people.clock_session a JOIN people.clock_session b
          ON a.person_id = b.person_id AND a.id < b.id
         AND tstzrange(a.clock_in_at, a.clock_out_at) && tstzrange(b.clock_in_at, b.clock_out_at))
     + (SELECT count(*) FROM people.break_record b LEFT JOIN people.clock_session s
          ON s.tenant_id = b.tenant_id AND s.id = b.clock_session_id AND s.timecard_id = b.timecard_id
        WHERE s.id IS NULL OR b.start_time < s.clock_in_at
           OR coalesce(b.end_time, 'infinity') > coalesce(s.clock_out_at, 'infinity'))
)";

}  // namespace

migrated_database::migrated_database()
    : database_{migrated().name()}, db_{std::make_unique<pqxx::connection>(database_.owner_url())} {
  pqxx::nontransaction tx{*db_};
  tx.exec(fmt::format("INSERT INTO people.tenant VALUES ('{}', 'test', 'Test')", to_string(tenant)));
  for (auto [place, code] : {std::pair{shop, "A"}, std::pair{other_shop, "B"}})
    tx.exec(fmt::format("INSERT INTO people.location VALUES ('{}', '{}', '{}', '{}', 'America/Chicago', "
                        "'ACTIVE', now(), now(), 1)",
                        to_string(tenant), to_string(place), code, code));
}

bool migrated_database::somebody_waits_for_a_lock() {
  return becomes_true(std::chrono::seconds{30}, [&] {
    return number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                  "wait_event_type = 'Lock'") > 0;
  });
}

timestamp at_hour(int hour, int minute) {
  using namespace std::chrono;
  return sys_days{year{2026} / 1 / 11} + hours{hour} + minutes{minute};
}

timecard card_of(person_uuid person, location_uuid shop, int day) {
  using namespace std::chrono;
  return {timecard_uuid::generate(), person, shop, year{2026} / 1 / day, timecard_status::open, 1};
}

clock_session session_on(const timecard& card, timestamp from, std::optional<timestamp> to) {
  return {clock_session_uuid::generate(),
          card.id,
          card.person_id,
          card.location_id,
          from,
          to,
          to ? timecard_status::closed : timecard_status::open,
          {},
          {},
          1};
}

break_record break_in(const clock_session& session, timestamp from, std::optional<timestamp> to) {
  break_record pause;
  pause.id = break_uuid::generate();
  pause.timecard_id = session.timecard_id;
  pause.clock_session_id = session.id;
  pause.mechanic_id = session.person_id;
  pause.start_time = pause.created_at = pause.updated_at = from;
  pause.created_by = pause.updated_by = session.person_id.value;
  if (to) {
    pause.end_time = to;
    pause.status = break_status::completed;
    pause.end_reason = break_end_reason::manual_ended;
  }
  return pause;
}

std::vector<std::string> commit_all(journal_writer& writer, const std::vector<commit_unit>& units) {
  std::vector<const commit_unit*> pointers;
  for (const auto& unit : units)
    pointers.push_back(&unit);
  std::vector<std::string> codes;
  for (const auto& failure : writer.commit(pointers))
    codes.push_back(failure ? failure->code : "ok");
  return codes;
}

std::string commit_one(journal_writer& writer, const commit_unit& unit) {
  return commit_all(writer, {unit}).front();
}

std::string refusal_of(const migrated_database& of, const commit_unit& unit) {
  pqxx::connection db{of.url()};
  commit_batch batch;
  std::vector<const row_write*> writes;
  for (const auto& write : unit.writes)
    writes.push_back(&write);
  try {
    batch.execute(db, writes);
    return "ok";
  } catch (const pqxx::deadlock_detected&) {
    return "deadlock";
  } catch (const pqxx::sql_error& e) {
    auto name = constraint_name(e.what());
    return name.empty() ? e.sqlstate() : std::string{name};
  }
}

std::int64_t broken_rules(pqxx::connection& db) {
  return number_of(db, rules_broken);
}

}  // namespace musterd::testing
