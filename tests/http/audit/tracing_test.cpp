#include "tests/http/operations/event_tap.hpp"
#include "tests/http/people/work_execution.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"

#include "common/observation/trace.hpp"
#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

/// Whether a log line with both texts appears.
bool is_logged(const std::string& one, const std::string& other) {
  return !soon_logged(shared_server(), {one, other}).empty();
}

struct trace {
  std::string id = new_trace_id();
  std::string parent = "00-" + id + "-00f067aa0ba902b7-01";

 private:
  static std::string new_trace_id() {
    auto id = to_string(uuid::generate());
    std::erase(id, '-');
    return id;
  }
};

}  // namespace

TEST_CASE("tracing: one request is found again in rows, event, consumer and log [G-TRC-1 G-TRC-2 D-6 D-7]") {
  desk d;
  auto nina = d.person();
  auto correlation_id = "follow-" + nina.person_id;
  const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "security.events"};
  auto made = d.admin->http.send("POST", "/api/security/users/provision",
                                 {{{"X-Correlation-Id", correlation_id}, {"traceparent", traceparent}},
                                  json({{"personId", nina.person_id}, {"username", nina.username}})});
  REQUIRE(made.status == 201);
  CHECK(made.header("x-correlation-id") == correlation_id);
  CHECK(text_at(made, "/correlationId") == correlation_id);

  CHECK(number_of(shared_server().db(),
                  fmt::format("SELECT count(*) FROM audit.entry WHERE correlation_id = '{}' AND event_type = "
                              "'USER_PROVISIONED'",
                              correlation_id)) == 1);
  auto messages = tap.take(text_at(made, "/userId"), 1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].correlation_id == correlation_id);
  CHECK(messages[0].headers.at("traceparent") == traceparent);
  CHECK(text_at(messages[0].body, "/correlationId") == correlation_id);
  CHECK(text_at(messages[0].body, "/payload/correlationId") == correlation_id);
  CHECK(is_logged(correlation_id, "user_linked"));

  // A refusal is found the same way.
  auto again = d.admin->http.send("POST", "/api/security/users/provision",
                                  {{{"X-Correlation-Id", correlation_id}},
                                   json({{"personId", nina.person_id}, {"username", "another.name"}})});
  check_error(again, 409, "PERSON_ALREADY_LINKED");
  CHECK(text_at(again, "/correlationId") == correlation_id);
  CHECK(is_logged(correlation_id, "PERSON_ALREADY_LINKED"));
}

TEST_CASE("tracing: one trace leads from the admin's click to the timer that stopped for it [G-TRC-1 G-TRC-3 "
          "D-85]") {
  auto& server = shared_server();
  desk d;
  auto ann = server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  REQUIRE(start_timer(*ann).status == 201);
  // Taps hear only what is published from now on: the event of the timer's start must be out before.
  REQUIRE(becomes_true(patience,
                       [&] { return number_of(server.db(), "SELECT count(*) FROM messaging.outbox") == 0; }));
  event_tap commands{needed_environment("MUSTERD_AMQP_URL"), "workexec.commands",
                     "workexec.stop_job_timers.v1"};
  event_tap answers{needed_environment("MUSTERD_AMQP_URL"), "workexec.events"};
  trace t;
  auto disabled = d.admin->http.send("POST", "/api/people/users/" + ann->user_id + "/disable",
                                     {{{"traceparent", t.parent}}, "{}"});
  REQUIRE(disabled.status == 200);

  auto asked = commands.take(ann->person_id, 1);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].type == "StopJobTimers");
  CHECK(asked[0].headers.at("traceparent") == t.parent);
  auto told = answers.take(ann->person_id, 2);  // that the timer has stopped, and that there was no other
  REQUIRE(told.size() == 2);
  for (const auto& m : told)
    CHECK(trace_id_of(m.headers.at("traceparent")) == t.id);

  // In the trail: the click, the timer, and what the scheduler did about the clock.
  auto traced = fmt::format("SELECT string_agg(DISTINCT event_type, ' ') FROM audit.entry WHERE "
                            "details->>'traceId' = '{}' AND event_type IN ('user.disabled', "
                            "'JOB_TIMER_FORCE_STOPPED', 'CLOCKED_OUT')",
                            t.id);
  CHECK(becomes_true(patience, [&] {
    return text_of(server.db(), traced) == "CLOCKED_OUT JOB_TIMER_FORCE_STOPPED user.disabled";
  }));
  auto auditor = server.signed_in("demo.auditor");
  auto shown = auditor->http.get("/api/audit/entries?eventType=user.disabled&subjectId=" + ann->user_id);
  CHECK(text_at(shown, "/items/0/traceId") == t.id);

  // And in the log; a consumer's work is a span of its own.
  std::set<std::string> spans;
  for (const auto* event :
       {"requested", "user_deactivated", "job_timer_force_stopped", "offboarding_completed"}) {
    CAPTURE(event);
    CHECK(is_logged(t.id, fmt::format("\"event\":\"{}\"", event)));
    for (const auto& line : logged(server, {t.id, fmt::format("\"event\":\"{}\"", event)})) {
      CHECK(text_at(line, "/traceId") == t.id);
      CHECK(text_at(line, "/spanId").size() == 16);
      if (event == std::string_view{"requested"} || event == std::string_view{"job_timer_force_stopped"})
        spans.insert(text_at(line, "/spanId"));
    }
  }
  CHECK(spans.size() == 2);
}

TEST_CASE(
    "tracing: a request without a trace begins one, and so does one with rubbish for a trace [G-TRC-3]") {
  desk d;
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "security.events"};
  std::set<std::string> seen;
  for (const auto* sent : {"", "rubbish", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"}) {
    CAPTURE(sent);
    auto nina = d.person();
    http_message wanted{{}, json({{"personId", nina.person_id}, {"username", nina.username}})};
    if (*sent != 0)
      wanted.headers["traceparent"] = sent;
    auto made = d.admin->http.send("POST", "/api/security/users/provision", wanted);
    REQUIRE(made.status == 201);
    auto user = text_at(made, "/userId");
    auto messages = tap.take(user, 1);
    REQUIRE(messages.size() == 1);
    auto id = std::string{trace_id_of(messages[0].headers.at("traceparent"))};
    CHECK(id.size() == 32);
    seen.insert(id);
    CHECK(is_logged(id, "user_linked"));
    auto entries = d.audit(user, "USER_PROVISIONED");
    REQUIRE(entries.size() == 1);
    CHECK(text_at(entries[0], "/details/traceId") == id);
  }
  CHECK(seen.size() == 3);
}

TEST_CASE("tracing: a refusal is logged with the trace it belongs to [G-TRC-3]") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  trace t;
  http_message traced{{{"traceparent", t.parent}}, R"({"breakType":"MEAL"})"};
  CHECK(ann->http.send("POST", "/api/people/me/breaks/start", traced).status == 409);
  CHECK(ann->http.send("POST", "/api/security/roles", traced).status == 403);
  CHECK(is_logged(t.id, "NOT_CLOCKED_IN"));
  CHECK(is_logged(t.id, "\"event\":\"denied\""));
}

}  // namespace musterd::testing
