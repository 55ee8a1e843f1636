#include "persistence/jobs/purge.hpp"

#include "actors/aggregates/offboarding_aggregate.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

/// Everything that only grows, with old and young rows: old, finished ones go, some at a time.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kept = 48h;
constexpr auto old_at = "now() - interval '49 hours'", young_at = "now() - interval '47 hours'";

struct attic : migrated_database {
  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }
  std::size_t clean(const purge& what, int most = rows_per_purge) {
    pqxx::work tx{db()};
    auto gone = purge_batch(tx, what, kept, most);
    tx.commit();
    return gone;
  }
  std::int64_t rows_in(const std::string& table, const std::string& where = "true") {
    return number(fmt::format("SELECT count(*) FROM {} WHERE {}", table, where));
  }
  /// Three old ones go in two steps; a young one stays.
  void check_three_of_four_go(const purge& what, const std::string& table) {
    CHECK(rows_in(table) == 4);
    CHECK(clean(what, 2) == 2);
    CHECK(clean(what, 2) == 1);
    CHECK(clean(what, 2) == 0);
    CHECK(rows_in(table) == 1);
  }
  /// `row` has {} in place of its time.
  void add_three_old_and_a_young(const std::string& row) {
    for (const auto* time : {old_at, old_at, young_at, old_at})
      run(fmt::format(fmt::runtime(row), time));
  }
  std::string add_user() {
    auto id = to_string(uuid::generate());
    run(fmt::format("INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
                    "status_effective_at, created_at, updated_at, version) VALUES ('{0}', '{1}', 'A', 'B', "
                    "'ACTIVE', now(), now(), now(), 1)",
                    to_string(tenant), id));
    run(fmt::format(
        "INSERT INTO security.app_user (tenant_id, user_id, person_id, username, status, "
        "status_effective_at, created_at, updated_at, version) VALUES ('{0}', '{1}', '{1}', '{1}', "
        "'ACTIVE', now(), now(), now(), 1)",
        to_string(tenant), id));
    return id;
  }
  /// With a command, three history entries and its version; a record of another aggregate has the same id.
  void add_case(const std::string& user, const std::string& closed_at) {
    auto id = to_string(uuid::generate()), of = to_string(tenant);
    auto open = closed_at == "NULL";
    run(fmt::format(
        "INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, "
        "effective_at, assignment_termination, opened_by, correlation_id, opened_at, closed_at, version) "
        "VALUES ('{0}', '{1}', '{2}', '{2}', 'DISABLE', '{3}', now(), 'END_ASSIGNMENTS_NOW', '{2}', 'c', "
        "now() - interval '1 year', {4}, 1)",
        of, id, user, open ? "IN_PROGRESS" : "COMPLETED", closed_at));
    run(fmt::format(
        "INSERT INTO people.offboarding_command (tenant_id, command_id, case_id, command_type, state, "
        "attempts, failures, due_at, finished_at, version) VALUES ('{}', gen_random_uuid(), '{}', "
        "'STOP_JOB_TIMERS', '{}', 1, 0, {}, {}, 1)",
        of, id, open ? "PENDING" : "SUCCEEDED", open ? "now()" : "NULL", closed_at));
    run(fmt::format("INSERT INTO people.offboarding_history (tenant_id, entry_id, case_id, what, attempt, "
                    "happened_at, actor) SELECT '{}', gen_random_uuid(), '{}', 'OPENED', 1, now(), '{}' "
                    "FROM generate_series(1, 3)",
                    of, id, user));
    run(fmt::format("INSERT INTO journal.record_version (tenant_id, aggregate, record_id, version) "
                    "VALUES ('{0}', '{2}', '{1}', 5), ('{0}', 'person', '{1}', 5)",
                    of, id, offboarding_aggregate::name));
  }
  std::string add_letter(const std::string& decided_at) {
    auto id = to_string(uuid::generate());
    run(fmt::format(
        "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, "
        "entity_key, routing_key, correlation_id, reason, error, body, body_size, attempts, "
        "first_failed_at, dead_at) VALUES ('{0}', '{1}', 'q', 'c', gen_random_uuid(), 'T', "
        "gen_random_uuid(), 'r', 'c', 'REFUSED', 'e', '{{}}', 2, 1, now(), now() - interval '1 year')",
        id, to_string(tenant)));
    if (decided_at != "NULL")
      run(fmt::format(
          "INSERT INTO messaging.dead_letter_action (tenant_id, dead_letter_id, verdict, reason, actor, "
          "acted_at) VALUES ('{}', '{}', 'DISCARD', 'no', gen_random_uuid(), {})",
          to_string(tenant), id, decided_at));
    return id;
  }
  /// A replay of three letters.
  void add_replay(const std::string& finished_at) {
    auto id = to_string(uuid::generate());
    run(fmt::format(
        "INSERT INTO messaging.dead_letter_replay (tenant_id, replay_id, created_by, correlation_id, "
        "filter, rate_per_second, total, state, created_at, finished_at, version) VALUES ('{}', '{}', "
        "gen_random_uuid(), 'c', '{{}}', 1, 3, '{}', now() - interval '1 year', {}, 1)",
        to_string(tenant), id, finished_at == "NULL" ? "RUNNING" : "DONE", finished_at));
    run(fmt::format(
        "INSERT INTO messaging.dead_letter_replay_item (tenant_id, replay_id, dead_letter_id, outcome) "
        "SELECT '{}', '{}', gen_random_uuid(), 'DONE' FROM generate_series(1, 3)",
        to_string(tenant), id));
  }
};

}  // namespace

TEST_CASE_FIXTURE(attic, "purge: stored answers") {
  add_three_old_and_a_young(
      "INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, "
      "created_at) VALUES (gen_random_uuid(), gen_random_uuid(), 'k', 'd', 200, 'b', {})");
  check_three_of_four_go(purges::idempotency_keys, "journal.idempotency_key");
}

TEST_CASE_FIXTURE(attic, "purge: what consumers have handled, of all of them") {
  for (const auto* consumer : {"a", "b"})
    add_three_old_and_a_young(fmt::format("INSERT INTO messaging.inbox (consumer, event_id, processed_at) "
                                          "VALUES ('{}', gen_random_uuid(), {{}})",
                                          consumer));
  CHECK(clean(purges::inbox, 4) == 4);
  CHECK(clean(purges::inbox, 4) == 2);
  CHECK(rows_in("messaging.inbox") == 2);
}

TEST_CASE_FIXTURE(attic, "purge: sign-ins some time after they expired, whether they were revoked or not") {
  auto user = add_user();
  add_three_old_and_a_young(fmt::format(
      "INSERT INTO security.refresh_token_family (tenant_id, family_id, user_id, secret_hash, generation, "
      "created_at, "
      "rotated_at, expires_at, revoked_at, revoke_reason, version) SELECT '{}', gen_random_uuid(), '{}', "
      "repeat('a', 64), 1, now() - interval '1 year', now(), {{}}, r, CASE WHEN r IS NOT NULL THEN 'X' END, "
      "1 "
      "FROM (SELECT CASE WHEN random() < 0.5 THEN now() - interval '1 year' END AS r) x",
      to_string(tenant), user));
  check_three_of_four_go(purges::sign_ins, "security.refresh_token_family");
}

TEST_CASE_FIXTURE(attic, "purge: alerts") {
  add_three_old_and_a_young("INSERT INTO messaging.alert (tenant_id, alert_id, severity, type, message, "
                            "correlation_id, raised_at) VALUES "
                            "(gen_random_uuid(), gen_random_uuid(), 'INFO', 'T', 'm', 'c', {})");
  check_three_of_four_go(purges::alerts, "messaging.alert");
}

TEST_CASE_FIXTURE(attic, "purge: dead letters with their decision, and never one that waits for it") {
  add_letter("NULL");
  for (const auto* decided_at : {old_at, young_at, old_at})
    add_letter(decided_at);
  CHECK(clean(purges::dead_letters, 1) == 1);
  CHECK(clean(purges::dead_letters) == 1);
  CHECK(clean(purges::dead_letters) == 0);
  CHECK(rows_in("messaging.dead_letter") == 2);
  CHECK(rows_in("messaging.dead_letter", "state = 'OPEN'") == 1);
  CHECK(rows_in("messaging.dead_letter_action") == 1);
}

TEST_CASE_FIXTURE(attic, "purge: replays that have ended, after their items") {
  for (const auto* finished_at : {"NULL", old_at, young_at})
    add_replay(finished_at);
  CHECK(clean(purges::replays) == 0);
  CHECK(clean(purges::replay_items, 2) == 2);
  CHECK(clean(purges::replays) == 0);
  CHECK(clean(purges::replay_items, 2) == 1);
  CHECK(clean(purges::replay_items) == 0);
  CHECK(clean(purges::replays) == 1);
  CHECK(rows_in("messaging.dead_letter_replay") == 2);
  CHECK(rows_in("messaging.dead_letter_replay_item") == 6);
}

TEST_CASE_FIXTURE(attic, "purge: completed cases with their commands and history, and never an open one") {
  auto user = add_user();
  for (const auto* closed_at : {"NULL", old_at, young_at, old_at})
    add_case(user, closed_at);
  CHECK(clean(purges::offboarding_cases, 20) == 1);
  CHECK(clean(purges::offboarding_cases) == 1);
  CHECK(clean(purges::offboarding_cases) == 0);
  CHECK(rows_in("people.offboarding_case") == 2);
  CHECK(rows_in("people.offboarding_case", "state = 'IN_PROGRESS'") == 1);
  CHECK(rows_in("people.offboarding_command") == 2);
  CHECK(rows_in("people.offboarding_history") == 6);
  CHECK(rows_in("journal.record_version", "aggregate = 'person'") == 4);
  CHECK(rows_in("journal.record_version", "aggregate = 'offboarding'") == 2);
  CHECK(rows_in("journal.record_version JOIN people.offboarding_case USING (tenant_id)",
                "aggregate = 'offboarding' AND record_id = case_id") == 2);
}

TEST_CASE_FIXTURE(attic, "purge: departures of managers") {
  run("ALTER TABLE security.admin_departure DISABLE TRIGGER USER");
  add_three_old_and_a_young("INSERT INTO security.admin_departure (tenant_id, departure_id, user_id, "
                            "permission_key, departed_at) VALUES "
                            "(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a:b:c', {})");
  check_three_of_four_go(purges::admin_departures, "security.admin_departure");
}

TEST_CASE_FIXTURE(attic, "purge: finished exports, and never one that is still to be written") {
  for (const auto* finished_at : {"NULL", old_at, young_at, old_at})
    run(fmt::format(
        "INSERT INTO audit.export_job (tenant_id, export_id, requested_by, correlation_id, format, "
        "request, status, rows_total, rows_written, bytes, created_at, finished_at, version) VALUES "
        "(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'c', 'CSV', '{{}}', '{}', 0, 0, 0, "
        "now() - interval '1 year', {}, 1)",
        std::string_view{finished_at} == "NULL" ? "QUEUED" : "DONE", finished_at));
  CHECK(clean(purges::exports, 1) == 1);
  CHECK(clean(purges::exports) == 1);
  CHECK(rows_in("audit.export_job") == 2);
  CHECK(rows_in("audit.export_job", "status = 'QUEUED'") == 1);
}

TEST_CASE_FIXTURE(attic, "purge: old days with what was recorded on them, and never one that is not closed") {
  struct {
    const char* status;
    int days_ago;
  } constexpr cards[]{{"CLOSED", 5}, {"OPEN", 9}, {"CLOSED", 7}, {"CLOSED", 1}};
  for (const auto& card : cards) {
    auto id = to_string(uuid::generate()), of = to_string(tenant);
    run(fmt::format("INSERT INTO people.timecard (tenant_id, id, person_id, location_id, work_date, status, "
                    "version) VALUES ('{0}', '{1}', '{1}', '{1}', current_date - {2}, '{3}', 1)",
                    of, id, card.days_ago, card.status));
    run(fmt::format(
        "INSERT INTO people.clock_session (tenant_id, id, timecard_id, person_id, location_id, "
        "clock_in_at, clock_out_at, status, version) SELECT '{0}', gen_random_uuid(), '{1}', '{1}', "
        "'{1}', t, t + interval '1 hour', 'CLOSED', 1 FROM generate_series(now() - interval '9 hours', "
        "now() - interval '5 hours', interval '2 hours') t",
        of, id));
    run(fmt::format(
        "INSERT INTO people.break_record (tenant_id, id, timecard_id, clock_session_id, mechanic_id, "
        "break_type, status, start_time, end_time, end_reason, auto_ended, created_at, updated_at, "
        "created_by, updated_by, version) SELECT '{0}', gen_random_uuid(), '{1}', id, '{1}', 'MEAL', "
        "'COMPLETED', clock_in_at, clock_out_at, 'MANUAL_ENDED', false, now(), now(), '{1}', '{1}', 1 "
        "FROM people.clock_session WHERE timecard_id = '{1}'",
        of, id));
  }
  CHECK(clean(purges::timecards, 10) == 1);
  CHECK(clean(purges::timecards) == 1);
  CHECK(clean(purges::timecards) == 0);
  CHECK(rows_in("people.timecard") == 2);
  CHECK(rows_in("people.timecard", "status = 'OPEN'") == 1);
  CHECK(rows_in("people.clock_session") == 6);
  CHECK(rows_in("people.break_record") == 6);
}

TEST_CASE_FIXTURE(attic, "purge: job timers that stopped, which nobody else may delete") {
  add_three_old_and_a_young(
      "INSERT INTO workexec.job_timer (tenant_id, timer_id, technician_id, work_order_id, location_id, "
      "status, "
      "start_time, end_time, duration_seconds, forced_stop, created_at, updated_at, version) SELECT "
      "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), "
      "'STOPPED', "
      "t - interval '1 hour', t, 3600, false, now(), now(), 1 FROM (SELECT {} AS t) x");
  run("INSERT INTO workexec.job_timer (tenant_id, timer_id, technician_id, work_order_id, location_id, "
      "status, "
      "start_time, forced_stop, created_at, updated_at, version) VALUES (gen_random_uuid(), "
      "gen_random_uuid(), "
      "gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'RUNNING', now() - interval '1 year', false, "
      "now(), "
      "now(), 1)");
  CHECK(clean(purges::job_timers, 2) == 2);
  CHECK(clean(purges::job_timers) == 1);
  CHECK(clean(purges::job_timers) == 0);
  CHECK(rows_in("workexec.job_timer") == 2);
  CHECK_THROWS_AS(run("DELETE FROM workexec.job_timer"), pqxx::sql_error);
  CHECK(rows_in("workexec.job_timer") == 2);
}

TEST_CASE_FIXTURE(attic, "purge: two nodes at once go round each other, and one goes on until all is gone") {
  run(fmt::format(
      "INSERT INTO messaging.alert (tenant_id, alert_id, severity, type, message, correlation_id, "
      "raised_at) SELECT gen_random_uuid(), gen_random_uuid(), 'INFO', 'T', 'm', 'c', {} FROM "
      "generate_series(1, 12000)",
      old_at));
  pqxx::connection another{url()};
  {
    pqxx::work first{another};
    CHECK(purge_batch(first, purges::alerts, kept) == 5000);
    run("SET lock_timeout = '1s'");
    pqxx::nontransaction second{db()};
    CHECK(purge_until(second, purges::alerts, kept, std::chrono::steady_clock::now() + 1h) == 7000);
  }
  CHECK(rows_in("messaging.alert") == 5000);  // the first was rolled back
  pqxx::nontransaction second{db()};
  CHECK(purge_until(second, purges::alerts, kept, {}) == 5000);  // one statement, even without any time left
}

}  // namespace musterd::testing
