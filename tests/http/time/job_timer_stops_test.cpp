#include "tests/http/operations/own_broker.hpp"
#include "tests/http/people/work_execution.hpp"
#include "tests/http/time/job_timer_rows.hpp"

#include "common/text/uuid.hpp"
#include "tests/support/event_queue.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

/// How offboarding stops the timers of the built-in work execution (Story 90).
namespace musterd::testing {
namespace {

/// An instant of this test, before anything that follows.
std::string present() {
  return to_string(wall_clock_now());
}

/// Mechanics whose timer has been running for a minute, as their actors find when they wake.
std::vector<std::string> busy_mechanics(company_server& at, int count) {
  std::vector<std::string> people;
  for (const auto& one : add_mechanics(at.db(), count)) {
    people.push_back(one.person_id);
    pqxx::nontransaction{at.db()}.exec(fmt::format(
        "INSERT INTO workexec.job_timer VALUES ('{0}', '{1}', '{2}', '{3}', NULL, '{4}', 'RUNNING', now() - "
        "interval '1 minute', NULL, NULL, false, NULL, now(), now(), 1)",
        demo_tenant, to_string(uuid::generate()), one.person_id, work_order, demo_shop));
  }
  return people;
}

std::int64_t forced_stops(company_server& at, const std::vector<std::string>& people) {
  return number_of(at.db(),
                   fmt::format("SELECT count(*) FROM workexec.job_timer WHERE forced_stop AND version "
                               "= 2 AND technician_id = ANY ('{{{}}}')",
                               fmt::join(people, ",")));
}

/// Whether JobTimersStopped has arrived for each of them.
bool answered(const event_queue& answers, const std::vector<std::string>& people) {
  std::set<std::string> missing{people.begin(), people.end()};
  for (const auto& m : answers.received())
    if (m.type == "JobTimersStopped")
      missing.erase(text_at(boost::json::parse(m.body), "/payload/personId"));
  return missing.empty();
}

/// How many stop commands for a person were refused because their case or command was not found.
std::int64_t refused_stops(const std::string& person_id) {
  return number_of(shared_server().db(),
                   fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE queue = '{}' AND body LIKE "
                               "'%{}%' AND reason = 'REFUSED' AND error LIKE '%NOT_FOUND%'",
                               stop_queue, person_id));
}

}  // namespace

TEST_CASE("job timers: StopJobTimers stops the running timer at the deactivation and flags it [S90-AC3 "
          "S90-R4 S90-F15 S90-F16 D-85]") {
  auto ann = shared_server().new_mechanic();
  offboarding saga;
  auto id = text_at(start_timer(*ann), "/timerId");
  auto stop_at = present();
  saga.stop(ann->person_id, stop_at);
  auto said = saga.answer(ann->person_id);
  CHECK(said.type == "JobTimersStopped");
  CHECK(said.routing_key == "workexec.job_timers.stopped.v1");
  CHECK(said.correlation_id == "stop-" + ann->person_id);
  CHECK(text_at(said.body, "/payload/caseId") == saga.case_id);
  CHECK(text_at(said.body, "/payload/commandId") == saga.command_id);
  CHECK(text_at(said.body, "/payload/personId") == ann->person_id);
  CHECK(said.body.at("payload").at("stoppedTimerIds") == boost::json::array{id});
  CHECK(parse_timestamp(stored(id, "to_json(end_time) #>> '{}'")) == parse_timestamp(stop_at));
  CHECK(stored(id, "status || ' ' || forced_stop || ' ' || forced_stop_reason") ==
        "STOPPED true USER_DISABLED");
  CHECK(active_timers(*ann) == boost::json::array{});
  auto entries = desk{}.audit(id, "JOB_TIMER_FORCE_STOPPED");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/actor_type") == "SYSTEM");
  CHECK(text_at(entries[0], "/reason_code") == "USER_DISABLED");
  CHECK(text_at(entries[0], "/correlation_id") == "stop-" + ann->person_id);
  CHECK(text_at(entries[0], "/details/endTime") == stop_at);
}

TEST_CASE("job timers: with nothing to stop the answer comes too, each time it is asked for [S90-AC3]") {
  auto ann = shared_server().new_mechanic();
  offboarding saga;
  for (int i = 0; i < 3; ++i) {
    saga.stop(ann->person_id, present());
    auto said = saga.answer(ann->person_id);
    CHECK(said.type == "JobTimersStopped");
    CHECK(text_at(said.body, "/payload/commandId") == saga.command_id);
    CHECK(said.body.at("payload").at("stoppedTimerIds") == boost::json::array{});
  }
}

TEST_CASE("job timers: a late command leaves what was begun after the person was let in again [S90-AC3]") {
  auto ann = shared_server().new_mechanic();
  offboarding saga;
  REQUIRE(start_timer(*ann).status == 201);
  saga.stop(ann->person_id, to_string(wall_clock_now() - std::chrono::minutes{2}));
  CHECK(saga.answer(ann->person_id).body.at("payload").at("stoppedTimerIds") == boost::json::array{});
  CHECK(active_timers(*ann).as_array().size() == 1);
}

TEST_CASE("job timers: a malformed command is set aside and holds nobody else up [S90-AC3]") {
  auto ann = shared_server().new_mechanic(), ben = shared_server().new_mechanic();
  offboarding saga;
  saga.say(ann->person_id, {{"personId", "nobody"}});
  saga.stop(ben->person_id, present());
  CHECK(saga.answer(ben->person_id).type == "JobTimersStopped");
  CHECK(becomes_true(patience, [&] {
    return number_of(shared_server().db(),
                     fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE queue = "
                                 "'workexec.stop_job_timers' AND body LIKE '%{}%' AND reason = 'REFUSED'",
                                 ann->person_id)) == 1;
  }));
}

TEST_CASE("Security: job timers: a StopJobTimers that no open offboarding asks for stops nobody") {
  auto ann = shared_server().new_mechanic(), ben = shared_server().new_mechanic();
  offboarding saga;
  REQUIRE(start_timer(*ann).status == 201);
  auto made_up = saga.command(ann->person_id, present());
  made_up["caseId"] = made_up["commandId"] = to_string(uuid::generate());
  saga.say(ann->person_id, made_up);
  CHECK(becomes_true(patience, [&] { return refused_stops(ann->person_id) == 1; }));
  // Somebody else's case is not ann's.
  saga.open(ben->person_id, present());
  saga.say(ann->person_id, saga.command(ann->person_id, present()));
  CHECK(becomes_true(patience, [&] { return refused_stops(ann->person_id) == 2; }));
  // Nor is a case that is over: its command is passed over before the next one.
  saga.stop(ann->person_id, to_string(wall_clock_now() - std::chrono::minutes{2}));
  CHECK(saga.answer(ann->person_id).body.at("payload").at("stoppedTimerIds") == boost::json::array{});
  auto finished = saga.command(ann->person_id, present());
  REQUIRE(becomes_true(patience, [&] {
    return text_of(shared_server().db(),
                   fmt::format("SELECT state FROM people.offboarding_command WHERE command_id = '{}'",
                               saga.command_id)) == "SUCCEEDED";
  }));
  saga.say(ann->person_id, finished);
  saga.stop(ann->person_id, to_string(wall_clock_now() - std::chrono::minutes{2}));
  CHECK(text_at(saga.answer(ann->person_id).body, "/payload/caseId") == saga.case_id);
  CHECK(refused_stops(ann->person_id) == 2);
  CHECK(active_timers(*ann).as_array().size() == 1);
}

TEST_CASE("Security: job timers: what a StopJobTimers says beside its command's id is not believed") {
  auto ann = shared_server().new_mechanic();
  offboarding saga;
  auto id = text_at(start_timer(*ann), "/timerId");
  auto disabled_at = present();
  saga.open(ann->person_id, disabled_at);
  auto forged = saga.command(ann->person_id, to_string(wall_clock_now() + std::chrono::seconds{30}));
  forged["reason"] = "STOLE_A_CAR";
  saga.say(ann->person_id, forged);
  CHECK(saga.answer(ann->person_id).body.at("payload").at("stoppedTimerIds") == boost::json::array{id});
  CHECK(parse_timestamp(stored(id, "to_json(end_time) #>> '{}'")) == parse_timestamp(disabled_at));
  CHECK(stored(id, "forced_stop_reason") == "USER_DISABLED");
}

TEST_CASE("job timers: two hundred who leave at once are all stopped and answered [S90-AC3]") {
  auto people = busy_mechanics(shared_server(), 200);
  event_queue answers{needed_environment("MUSTERD_AMQP_URL"), "workexec.events", "test.leaving." + people[0]};
  offboarding saga;
  for (const auto& person : people)
    saga.stop(person, present());
  CHECK(becomes_true(patience, [&] { return forced_stops(shared_server(), people) == 200; }));
  CHECK(becomes_true(patience, [&] { return answered(answers, people); }));
}

TEST_CASE("job timers: a server that is killed in the middle stops each timer once and leaves nobody "
          "unanswered [S90-AC3 S90-R4]") {
  own_broker corner;
  const auto& broker = corner.url();
  company_server server{{{"MUSTERD_AMQP_URL", broker}}};
  auto people = busy_mechanics(server, 100);
  offboarding saga{server, broker};
  event_queue answers{broker, "workexec.events", "test.killed." + people[0]};
  for (const auto& person : people)
    saga.stop(person, present());
  REQUIRE(becomes_true(patience, [&] { return forced_stops(server, people) > 0; }));
  server.process().kill();
  server.process().start();
  server.process().wait_until_ready(patience);
  CHECK(becomes_true(patience, [&] { return forced_stops(server, people) == 100; }));
  CHECK(becomes_true(patience, [&] { return answered(answers, people); }));
  CHECK(number_of(server.db(), "SELECT count(*) FROM audit.entry WHERE event_type = "
                               "'JOB_TIMER_FORCE_STOPPED'") == 100);
}

TEST_CASE("job timers: a work execution that is told to fail says JobTimersStopFailed and stops nothing "
          "[S90-F12 D-85]") {
  own_broker corner;
  const auto& broker = corner.url();
  company_server server{{{"MUSTERD_AMQP_URL", broker}, {"MUSTERD_WORKEXEC_MODE", "failing"}}};
  auto ann = server.new_mechanic();
  REQUIRE(start_timer(*ann).status == 201);
  offboarding saga{server, broker};
  for (int i = 0; i < 2; ++i) {
    saga.stop(ann->person_id, present());
    auto said = saga.answer(ann->person_id);
    CHECK(said.type == "JobTimersStopFailed");
    CHECK(said.routing_key == "workexec.job_timers.stop_failed.v1");
    CHECK(text_at(said.body, "/payload/caseId") == saga.case_id);
    CHECK(text_at(said.body, "/payload/commandId") == saga.command_id);
    CHECK(!text_at(said.body, "/payload/error").empty());
  }
  CHECK(active_timers(*ann).as_array().size() == 1);
}

}  // namespace musterd::testing
