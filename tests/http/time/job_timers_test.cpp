#include "tests/http/operations/own_broker.hpp"
#include "tests/http/people/work_execution.hpp"
#include "tests/http/time/job_timer_rows.hpp"

#include <set>

/// The built-in work execution: a technician's timers.
namespace musterd::testing {
namespace {

const std::string start = "/api/workexec/timers/start";

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

TEST_CASE("job timers: commands of another company stop nothing here [S90-AC3]") {
  auto ann = shared_server().new_mechanic();
  REQUIRE(start_timer(*ann).status == 201);
  auto rita = shared_server().signed_in("rival.owner");
  check_error(stop_timer(*rita), 409, "NO_ACTIVE_TIMER");
  check_error(start_timer(*rita), 404, "LOCATION_NOT_FOUND");
  CHECK(active_timers(*rita) == boost::json::array{});
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
