#include "persistence/jobs/erasures.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

#include <set>

/// Erasing goes on for everybody else, whatever the rows of one person do (docs/decisions/0047).
namespace musterd::testing {
namespace {

struct archive : migrated_database {
  pqxx::connection server{url()};

  void run(const std::string& sql) { pqxx::nontransaction{db()}.exec(sql); }
  /// A person without a user who left this many days ago.
  person_uuid leaver(int days, const std::string& last_name = "Lee") {
    auto id = person_uuid::generate();
    run(fmt::format("INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
                    "status_effective_at, created_at, updated_at, version) VALUES ('{}', '{}', 'Ann', '{}', "
                    "'TERMINATED', now() - interval '{} days', now(), now(), 1)",
                    to_string(tenant), to_string(id), last_name, days));
    return id;
  }
  /// A person with an erased name, a letter in that state and a reason that still mentions them.
  person_uuid begun(const std::string& letter_state = "DISCARDED") {
    auto id = leaver(9, "erased-x");
    auto letter = to_string(uuid::generate());
    run(fmt::format(
        "INSERT INTO people.person_erasure (tenant_id, person_id, erased_at, erased_by) VALUES ('{0}', "
        "'{1}', "
        "now(), '{1}'); INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, entity_key, "
        "routing_key, reason, error, headers, body, body_size, attempts, first_failed_at, state) VALUES "
        "('{2}', '{0}', 'q', 'c', '{1}', 'r', 'REFUSED', 'about Qwendolyn', '{{\"h\":\"Qwendolyn\"}}', "
        "'Qwendolyn', 9, 1, now(), '{3}')",
        to_string(tenant), to_string(id), letter, letter_state));
    run(fmt::format(
        "INSERT INTO messaging.alert VALUES ('{}', gen_random_uuid(), 'WARNING', 'DEAD_LETTER', 'm', "
        "'{{\"deadLetterId\":\"{}\",\"error\":\"about Qwendolyn\"}}', 'c', now())",
        to_string(tenant), letter));
    if (letter_state == "DISCARDED")
      run(fmt::format("ALTER TABLE messaging.dead_letter_action DISABLE TRIGGER USER; INSERT INTO "
                      "messaging.dead_letter_action (tenant_id, dead_letter_id, verdict, reason, actor, "
                      "acted_at) VALUES ('{0}', '{1}', 'DISCARD', 'Qwendolyn asked', '{1}', now()); ALTER "
                      "TABLE messaging.dead_letter_action ENABLE TRIGGER USER",
                      to_string(tenant), letter));
    return id;
  }
  std::vector<stuck_erasure> finish() {
    pqxx::nontransaction tx{server};
    return finish_erasures(tx, std::chrono::steady_clock::now() + std::chrono::seconds{20});
  }
  bool is_complete(person_uuid who) {
    return number(fmt::format("SELECT count(*) FROM people.person_erasure WHERE person_id = '{}' AND "
                              "completed_at IS NOT NULL",
                              to_string(who))) == 1;
  }
  std::set<uuid> taken() {
    pqxx::nontransaction tx{server};
    std::set<uuid> result;
    for (const auto& who : take_leavers(tx, 5).erasable)
      result.insert(who.person.value);
    return result;
  }
};

constexpr auto everybody_is_due = "UPDATE people.erasure_due SET due_at = now()";

}  // namespace

TEST_CASE_FIXTURE(archive,
                  "erasures: what operators wrote about somebody, and letters that name them, go too") {
  auto who = begun();
  CHECK(finish().empty());
  CHECK(is_complete(who));
  for (const auto* table : {"messaging.dead_letter", "messaging.dead_letter_action", "messaging.alert"})
    CHECK_MESSAGE(
        number(fmt::format("SELECT count(*) FROM {} t WHERE t::text LIKE '%Qwendolyn%'", table)) == 0, table);
}

TEST_CASE_FIXTURE(archive, "erasures: none is complete while a letter about them waits for an operator") {
  auto who = begun("OPEN");
  CHECK(finish().empty());
  CHECK_FALSE(is_complete(who));
  CHECK(number("SELECT attempts FROM people.erasure_due") == 1);
  CHECK(finish().empty());  // not due
  CHECK(number("SELECT attempts FROM people.erasure_due") == 1);
  run("UPDATE messaging.dead_letter SET state = 'RETRIED'");
  run(everybody_is_due);
  CHECK(finish().empty());
  CHECK(is_complete(who));
}

TEST_CASE_FIXTURE(archive,
                  "Security: none is complete while the broker may have the copy of a decided letter") {
  auto who = begun();
  auto person = to_string(who), user = to_string(uuid::generate()), of_case = to_string(uuid::generate());
  run(fmt::format(
      "INSERT INTO security.app_user (tenant_id, user_id, person_id, username, status, "
      "status_effective_at, created_at, updated_at, version) VALUES ('{0}', '{2}', '{1}', 'lee', "
      "'TERMINATED', "
      "now(), now(), now(), 1); UPDATE people.person_erasure SET user_id = '{2}'; INSERT INTO "
      "people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, effective_at, "
      "assignment_termination, opened_by, correlation_id, opened_at, closed_at, version) VALUES ('{0}', "
      "'{3}', "
      "'{2}', '{1}', 'TERMINATE', 'COMPLETED', now(), 'END_ASSIGNMENTS_NOW', '{2}', 'c', now(), now(), 1)",
      to_string(tenant), person, user, of_case));
  std::string about;
  SUBCASE("about the person") {
    about = person;
  }
  SUBCASE("about the user") {
    about = user;
  }
  SUBCASE("about their case") {
    about = of_case;
  }
  run(fmt::format(
      "UPDATE messaging.dead_letter SET entity_key = '{}'; INSERT INTO messaging.dead_letter_sweep "
      "(dead_letter_id, queue) SELECT id, queue FROM messaging.dead_letter",
      about));
  CHECK(finish().empty());
  CHECK_FALSE(is_complete(who));
  run("DELETE FROM messaging.dead_letter_sweep");
  run(everybody_is_due);
  CHECK(finish().empty());
  CHECK(is_complete(who));
}

TEST_CASE_FIXTURE(archive,
                  "Security: none is complete while a message about them is parked, held or on its way") {
  for (const auto& [table, more, values] :
       {std::tuple{"messaging.parked_message", "consumer, state", "'c', 'RETRYING'"},
        std::tuple{"messaging.outbox", "event_type, exchange, occurred_at, correlation_id",
                   "'T', '', now(), 'c'"},
        std::tuple{"messaging.outbox_held",
                   "seq, event_type, exchange, occurred_at, correlation_id, created_at",
                   "7, 'T', '', now(), 'c', now()"}}) {
    CAPTURE(table);
    auto who = begun();
    run(fmt::format("INSERT INTO {} (tenant_id, event_id, entity_key, routing_key, body, {}) VALUES ('{}', "
                    "gen_random_uuid(), '{}', 'r', 'Qwendolyn', {})",
                    table, more, to_string(tenant), to_string(who), values));
    CHECK(finish().empty());
    CHECK_FALSE(is_complete(who));
    run(fmt::format("DELETE FROM {}", table));
    run(everybody_is_due);
    CHECK(finish().empty());
    CHECK(is_complete(who));
  }
}

TEST_CASE_FIXTURE(archive,
                  "Security: exports that may name somebody who is erased are taken back, others stay") {
  auto who = begun();
  auto order = [&](const std::string& status, const std::string& payload, const std::string& age,
                   const std::string& of) {
    auto id = to_string(uuid::generate());
    run(fmt::format(
        "INSERT INTO audit.export_job (tenant_id, export_id, requested_by, correlation_id, format, "
        "request, status, rows_total, rows_written, bytes, created_at, version) VALUES ('{}', '{}', "
        "gen_random_uuid(), 'c', 'CSV', '{{\"rights\":{{\"payload\":{}}}}}', '{}', 0, 0, 0, now() - "
        "interval '{}', 1)",
        of, id, payload, status, age));
    return id;
  };
  auto ours = to_string(tenant), theirs = to_string(uuid::generate());
  auto done = order("DONE", "true", "9 days", ours), running = order("RUNNING", "true", "1 hour", ours),
       queued = order("QUEUED", "true", "1 hour", ours), without = order("DONE", "false", "9 days", ours),
       other = order("DONE", "true", "9 days", theirs), later = order("DONE", "true", "-5 minutes", ours);
  run(fmt::format(
      "INSERT INTO audit.personal_value VALUES ('{}', gen_random_uuid(), 'f', '{}', 's', 'Qwendolyn', "
      "now())",
      ours, to_string(who)));
  CHECK(finish().empty());
  CHECK(is_complete(who));
  auto taken_back = [&](const std::string& id) {
    return number("SELECT count(*) FROM audit.export_job WHERE status = 'FAILED' AND failure LIKE 'Somebody "
                  "who%' AND "
                  "version = 2 AND finished_at IS NOT NULL AND export_id = '" +
                  id + "'") == 1;
  };
  CHECK(taken_back(done));
  CHECK(taken_back(running));
  for (const auto& id : {queued, without, other, later})
    CHECK_FALSE(taken_back(id));
}

TEST_CASE_FIXTURE(archive,
                  "erasures: one that always fails holds up nobody, is tried later each time, and told of") {
  auto sound = begun("OPEN");
  run("UPDATE messaging.dead_letter SET state = 'DISCARDED', error = 'erased'");
  run("UPDATE people.erasure_due SET due_at = now() + interval '1 hour'");
  std::vector<person_uuid> stuck;
  for (int i = 0; i < 25; ++i)  // more than one round looks at
    stuck.push_back(begun());
  run("CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END "
      "$$; "
      "CREATE TRIGGER fails BEFORE UPDATE ON messaging.dead_letter FOR EACH ROW EXECUTE FUNCTION "
      "public.fail()");
  for (int round = 0; round < 2; ++round)
    CHECK(finish().empty());
  CHECK(number("SELECT min(attempts) FROM people.erasure_due WHERE attempts > 0") == 1);
  CHECK(number("SELECT count(*) FROM people.erasure_due WHERE attempts > 0") == 25);
  run(fmt::format("UPDATE people.erasure_due SET due_at = now() WHERE person_id = '{}'", to_string(sound)));
  CHECK(finish().empty());
  CHECK(is_complete(sound));
  // The steps after the failing one are done.
  CHECK(number("SELECT count(*) FROM messaging.dead_letter_action WHERE reason <> 'erased'") == 0);
  run("UPDATE people.erasure_due SET due_at = now() - interval '1 day', attempts = 7 WHERE person_id = '" +
      to_string(stuck[0]) + "'");
  auto told = finish();
  REQUIRE(told.size() == 1);
  CHECK(told[0].who.person == stuck[0]);
  CHECK(told[0].why.find("a step of the erasure failed: no") != std::string::npos);
  CHECK(number("SELECT count(*) FROM people.erasure_due WHERE attempts = 8 AND due_at > now() + interval '3 "
               "minutes'") == 1);
  pqxx::nontransaction tx{server};
  CHECK(count_stuck_erasures(tx) == 1);
}

TEST_CASE_FIXTURE(archive, "leavers: those who cannot be erased keep nobody else waiting") {
  std::vector<person_uuid> first;
  for (int i = 0; i < 20; ++i)
    first.push_back(leaver(30));
  leaver(1);
  auto later = leaver(10);
  auto one = taken();
  CHECK(one.size() == 20);
  CHECK_FALSE(one.contains(later.value));
  CHECK(taken() == std::set<uuid>{later.value});  // the others had their turn, and are still there
  CHECK(taken().empty());
  run("UPDATE people.erasure_due SET due_at = now() - interval '1 hour', attempts = 7 WHERE "
      "person_id = '" +
      to_string(first[3]) + "'");
  pqxx::nontransaction tx{server};
  auto due = take_leavers(tx, 5);
  REQUIRE(due.stuck.size() == 1);
  CHECK(due.stuck[0].who.person == first[3]);
  CHECK(count_stuck_erasures(tx) == 1);
}

}  // namespace musterd::testing
