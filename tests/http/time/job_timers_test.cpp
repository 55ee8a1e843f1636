#include "tests/http/operations/own_broker.hpp"
#include "tests/http/people/work_execution.hpp"

#include "common/text/uuid.hpp"
#include "tests/support/event_queue.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

/// The built-in work execution: a technician's timers, and how offboarding stops them (Story 90).
namespace musterd::testing {
namespace {

const std::string start = "/api/workexec/timers/start";

/// An instant of this test, before anything that follows.
std::string present() {
  return to_string(wall_clock_now());
}

std::string stored(const std::string& timer_id, const std::string& what) {
  return text_of(shared_server().db(),
                 fmt::format("SELECT {} FROM workexec.job_timer WHERE timer_id = '{}'", what, timer_id));
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

}  // namespace

TEST_CASE("job timers: a technician starts the clock on a work order and stops it [D-29]") {
  auto ann = shared_server().new_mechanic();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "workexec.events"};
  auto started = start_timer(*ann);
  REQUIRE_MESSAGE(started.status == 201, started.body);
  CHECK(started.header("etag") == "\"1\"");
  CHECK(text_at(started, "/technicianId") == ann->person_id);
  CHECK(text_at(started, "/workOrderId") == work_order);
  CHECK(text_at(started, "/jobCode") == "BRAKES");
  CHECK(text_at(started, "/locationId") == demo_shop);
  CHECK(text_at(started, "/status") == "RUNNING");
  CHECK(text_at(started, "/endTime") == "null");
  CHECK(text_at(started, "/forcedStop") == "false");
  CHECK(active_timers(*ann) == boost::json::array{json_of(started)});
  auto id = text_at(started, "/timerId");

  auto stopped = stop_timer(*ann);
  REQUIRE(stopped.status == 200);
  CHECK(stopped.header("etag") == "\"2\"");
  CHECK(text_at(stopped, "/timerId") == id);
  CHECK(text_at(stopped, "/status") == "STOPPED");
  CHECK(text_at(stopped, "/endTime") == text_at(stopped, "/updatedAt"));
  CHECK(active_timers(*ann) == boost::json::array{});
  CHECK(stored(id, "status || ' ' || forced_stop") == "STOPPED false");

  auto messages = tap.take(ann->person_id, 2);
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].type == "JobTimerStarted");
  CHECK(messages[0].routing_key == "workexec.job_timer.started.v1");
  CHECK(messages[0].body.at("payload") == json_of(started));
  CHECK(messages[1].type == "JobTimerStopped");
  CHECK(messages[1].routing_key == "workexec.job_timer.stopped.v1");
  CHECK(messages[1].body.at("payload") == json_of(stopped));
  desk d;
  for (const auto* type : {"JOB_TIMER_STARTED", "JOB_TIMER_STOPPED"}) {
    auto entries = d.audit(id, type);
    REQUIRE(entries.size() == 1);
    CHECK(text_at(entries[0], "/category") == "TIMEKEEPING");
    CHECK(text_at(entries[0], "/actor_id") == ann->user_id);
    CHECK(text_at(entries[0], "/subject_type") == "JobTimer");
    CHECK(text_at(entries[0], "/location_id") == demo_shop);
  }
}

TEST_CASE("job timers: one at a time, of known shops, and only one's own") {
  auto ann = shared_server().new_mechanic(), ben = shared_server().new_mechanic();
  check_error(stop_timer(*ann), 409, "NO_ACTIVE_TIMER");
  check_error(start_timer(*ann, nobody), 404, "LOCATION_NOT_FOUND");
  check_error(start_timer(*ann, rival_shop), 404, "LOCATION_NOT_FOUND");
  REQUIRE(start_timer(*ann).status == 201);
  check_error(start_timer(*ann), 409, "TIMER_ALREADY_ACTIVE");
  CHECK(active_timers(*ben) == boost::json::array{});
  CHECK(start_timer(*ben).status == 201);
  CHECK(stop_timer(*ben).status == 200);
  CHECK(active_timers(*ann).as_array().size() == 1);
  auto dispatcher = shared_server().signed_in("demo.dispatcher");
  check_error(start_timer(*dispatcher), 403, "ACCESS_DENIED", "Access Denied");
}

TEST_CASE("job timers: bad input is named field by field") {
  auto ann = shared_server().new_mechanic();
  auto wrong = [&](const boost::json::object& body) {
    auto answer = ann->http.post(start, json(body));
    check_error(answer, 400, "VALIDATION_FAILED");
    return wrong_fields(answer);
  };
  using fields = std::set<std::string>;
  CHECK(wrong({}) == fields{"workOrderId", "locationId"});
  CHECK(wrong({{"workOrderId", 4711}, {"locationId", 5}, {"jobCode", 7}, {"at", "now"}}) ==
        fields{"workOrderId", "locationId", "jobCode", "at"});
  for (auto length : {std::size_t{0}, std::size_t{65}})
    CHECK(wrong({{"workOrderId", work_order},
                 {"locationId", demo_shop},
                 {"jobCode", std::string(length, 'x')}}) == fields{"jobCode"});
  for (const auto& order : {std::string{}, std::string{"  "}, std::string(65, 'x'), std::string{"WO\n1"}})
    CHECK(wrong({{"workOrderId", order}, {"locationId", demo_shop}}) == fields{"workOrderId"});
  check_error(ann->http.post(start, "{"), 400, "MALFORMED_JSON");
  CHECK(ann->http.post("/api/workexec/timers/stop", R"({"endTime":"2020-01-01T00:00:00Z"})").status == 400);
  CHECK(ann->http.get("/api/workexec/timers/active?personId=" + ann->person_id).status == 400);
}

TEST_CASE("job timers: a work order is whatever its own system calls it, 64 characters at most [D-60]") {
  auto ann = shared_server().new_mechanic();
  std::string longest;
  for (int i = 0; i < 64; ++i)
    longest += "ß";
  for (const auto& order : {std::string{"WO-4711/a"}, longest}) {
    auto started = ann->http.post(start, json({{"workOrderId", order}, {"locationId", demo_shop}}));
    REQUIRE(started.status == 201);
    CHECK(text_at(started, "/workOrderId") == order);
    CHECK(stop_timer(*ann).status == 200);
  }
}

TEST_CASE("job timers: a repeated start with the same Idempotency-Key is one timer") {
  auto ann = shared_server().new_mechanic();
  auto message = http_message{{{"Idempotency-Key", "start-" + ann->person_id}},
                              json({{"workOrderId", work_order}, {"locationId", demo_shop}})};
  auto first = ann->http.send("POST", start, message), again = ann->http.send("POST", start, message);
  REQUIRE(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("idempotency-replayed") == "true");
}

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

namespace {

/// How many stop commands for a person were refused because their case or command was not found.
std::int64_t refused_stops(const std::string& person_id) {
  return number_of(shared_server().db(),
                   fmt::format("SELECT count(*) FROM messaging.dead_letter WHERE queue = '{}' AND body LIKE "
                               "'%{}%' AND reason = 'REFUSED' AND error LIKE '%NOT_FOUND%'",
                               stop_queue, person_id));
}

}  // namespace

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

TEST_CASE("job timers: commands of another company stop nothing here [S90-AC3]") {
  auto ann = shared_server().new_mechanic();
  REQUIRE(start_timer(*ann).status == 201);
  auto rita = shared_server().signed_in("rival.owner");
  check_error(stop_timer(*rita), 409, "NO_ACTIVE_TIMER");
  check_error(start_timer(*rita), 404, "LOCATION_NOT_FOUND");
  CHECK(active_timers(*rita) == boost::json::array{});
  CHECK(active_timers(*ann).as_array().size() == 1);
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

TEST_CASE("work execution elsewhere: its queue is not ours, timers are not here, technicians are") {
  own_broker corner;
  const auto& broker = corner.url();
  company_server server{{{"MUSTERD_AMQP_URL", broker}, {"MUSTERD_WORKEXEC_MODE", "external"}}};
  auto ann = server.new_mechanic();
  check_error(start_timer(*ann), 503, "UNAVAILABLE", "Work execution is elsewhere.");
  check_error(stop_timer(*ann), 503, "UNAVAILABLE");
  check_error(ann->http.get("/api/workexec/timers/active"), 503, "UNAVAILABLE");
  auto manager = server.signed_in("demo.manager");
  CHECK(
      manager->http.get("/api/workexec/technicians/available?locationId=" + std::string{demo_shop}).status ==
      200);
  REQUIRE(becomes_true(patience, [&] { return broker_link{broker}.depth("audit.financial").has_value(); }));
  CHECK_FALSE(broker_link{broker}.depth(stop_queue).has_value());
  auto tree = server.signed_in("demo.operator")->http.get("/api/ops/supervision").body;
  CHECK(tree.find("financial-audit") != std::string::npos);
  CHECK(tree.find("job-timer-stopper") == std::string::npos);
}

}  // namespace musterd::testing
