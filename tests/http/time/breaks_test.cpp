#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/stage.hpp"

#include <fmt/format.h>

#include <set>

/// Story 84, "Record Break Start/End", over HTTP.
namespace musterd::testing {
namespace {

std::int64_t breaks_of(const visitor& who) {
  return number_of(
      shared_server().db(),
      fmt::format("SELECT count(*) FROM people.break_record WHERE mechanic_id = '{}'", who.person_id));
}

std::string metrics_now() {
  return shared_server().client().get("/metrics").body;
}

std::set<std::string> keys_of(const boost::json::value& object) {
  std::set<std::string> result;
  for (const auto& [key, unused] : object.as_object())
    result.insert(std::string{key});
  return result;
}

/// The row of one audit entry as JSON.
boost::json::value audit_entry(const visitor& who, const std::string& type) {
  auto text = text_of(shared_server().db(),
                      fmt::format("SELECT to_jsonb(e) FROM audit.entry e WHERE event_type = '{}' AND "
                                  "details->>'mechanicId' = '{}'",
                                  type, who.person_id));
  REQUIRE_MESSAGE(!text.empty(), type);
  return boost::json::parse(text);
}

/// The levels of the log lines with a correlation id.
std::set<std::string> logged_levels(const std::string& correlation_id) {
  std::set<std::string> result;
  for (const auto& line : logged(shared_server(), {correlation_id}))
    result.insert(text_at(line, "/level"));
  return result;
}

}  // namespace

TEST_CASE(
    "breaks: a break is started and ended [S84-AC1 S84-F6 S84-F7 S84-F10 S84-F12 S84-F19 S84-F20 D-29]") {
  auto ann = shared_server().new_mechanic();
  auto in = ann->clock_in();
  REQUIRE(in.status == 201);
  auto before = metrics_now();

  auto started = ann->start_break("MEAL");
  REQUIRE(started.status == 201);
  CHECK(text_at(started, "/status") == "IN_PROGRESS");
  CHECK(text_at(started, "/endTime") == "null");
  CHECK(started.header("etag") == "\"1\"");
  auto ended = ann->end_break();
  REQUIRE(ended.status == 200);

  auto pause = json_of(ended);
  CHECK(keys_of(pause) == std::set<std::string>{"id", "timecardId", "clockSessionId", "mechanicId",
                                                "breakType", "status", "startTime", "endTime", "endReason",
                                                "autoEnded", "triggerEventId", "forcedStopReason", "notes",
                                                "createdAt", "updatedAt", "createdBy", "updatedBy",
                                                "version"});
  CHECK(keys_of(json_of(started)) == keys_of(pause));
  CHECK(text_at(pause, "/id") == text_at(started, "/id"));
  CHECK(text_at(pause, "/timecardId") == text_at(in, "/timecard/id"));
  CHECK(text_at(pause, "/clockSessionId") == text_at(in, "/clockSession/id"));
  CHECK(text_at(pause, "/mechanicId") == ann->person_id);
  CHECK(text_at(pause, "/breakType") == "MEAL");
  CHECK(text_at(pause, "/status") == "COMPLETED");
  CHECK(text_at(pause, "/endReason") == "MANUAL_ENDED");
  CHECK(text_at(pause, "/autoEnded") == "false");
  CHECK(text_at(pause, "/triggerEventId") == "null");
  CHECK(text_at(pause, "/createdBy") == ann->person_id);
  CHECK(text_at(pause, "/updatedBy") == ann->person_id);
  CHECK(text_at(pause, "/version") == "2");
  auto start = parse_timestamp(text_at(pause, "/startTime")),
       end = parse_timestamp(text_at(pause, "/endTime"));
  REQUIRE(start.has_value());
  REQUIRE(end.has_value());
  CHECK(*end > *start);
  CHECK(parse_timestamp(text_at(pause, "/createdAt")) == start);
  CHECK(parse_timestamp(text_at(pause, "/updatedAt")) == end);

  CHECK(breaks_of(*ann) == 1);
  auto card = json_of(ann->timecard());
  CHECK(card.at("breaks").as_array().size() == 1);
  CHECK(card.at("breaks").as_array()[0] == pause);
  auto after = metrics_now();
  auto rise = [&](const char* sample) { return metric(after, sample) - metric(before, sample); };
  CHECK(rise("break_started_total{type=\"MEAL\"}") == 1);
  CHECK(rise("break_ended_manual_total") == 1);
  CHECK(rise("break_ended_auto_at_clockout_total") == 0);
}

TEST_CASE("breaks: a second break at the same time is refused [S84-AC2 S84-F1 S84-R1 S84-F22 D-39]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  REQUIRE(ann->start_break("REST").status == 201);
  auto before = metrics_now();
  auto refused =
      ann->http.send("POST", "/api/people/me/breaks/start",
                     {{{"X-Correlation-Id", "again-" + ann->person_id}}, R"({"breakType":"MEAL"})"});
  check_error(refused, 409, "BREAK_ALREADY_IN_PROGRESS", "A break is already in progress.");
  CHECK(breaks_of(*ann) == 1);
  CHECK(metric(metrics_now(), "break_duplicate_prevented_total") -
            metric(before, "break_duplicate_prevented_total") ==
        1);
  CHECK(becomes_true(patience, [&] { return logged_levels("again-" + ann->person_id).contains("WARN"); }));
}

TEST_CASE("breaks: no break can be ended when none is active [S84-AC3 S84-F2 D-39]") {
  auto ann = shared_server().new_mechanic();
  check_error(ann->end_break(), 409, "NO_ACTIVE_BREAK", "No active break to end.");
  ann->clock_in();
  check_error(ann->end_break(), 409, "NO_ACTIVE_BREAK", "No active break to end.");
  ann->start_break();
  CHECK(ann->end_break().status == 200);
  check_error(ann->end_break(), 409, "NO_ACTIVE_BREAK", "No active break to end.");
}

TEST_CASE("breaks: a break needs its type [S84-AC4 S84-F3 S84-R4 D-39]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  for (const auto* body : {"{}", R"({"breakType":null})", ""}) {
    CAPTURE(body);
    auto refused = ann->http.post("/api/people/me/breaks/start", body);
    check_error(refused, 400, "VALIDATION_FAILED", "`breakType` is required.");
    CHECK(wrong_fields(refused) == std::set<std::string>{"breakType"});
  }
  CHECK(breaks_of(*ann) == 0);
}

TEST_CASE("breaks: who is not clocked in cannot start a break [S84-AC5 S84-F4 D-39]") {
  auto ann = shared_server().new_mechanic();
  check_error(ann->start_break(), 409, "NOT_CLOCKED_IN", "You must be clocked in to start a break.");
  ann->clock_in();
  ann->clock_out();
  check_error(ann->start_break(), 409, "NOT_CLOCKED_IN", "You must be clocked in to start a break.");
  check_error(ann->clock_out(), 409, "NOT_CLOCKED_IN");
  CHECK(breaks_of(*ann) == 0);
}

TEST_CASE("breaks: the clock-out ends a running break [S84-AC6 S84-F5 S84-R5 S84-F18 S84-F21]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto started = ann->start_break("OTHER");
  auto before = metrics_now();
  auto out = ann->http.send("POST", "/api/people/me/clock-out",
                            {{{"X-Correlation-Id", "leaves-" + ann->person_id}}, "{}"});
  REQUIRE(out.status == 200);
  auto answer = json_of(out);
  CHECK(text_at(answer, "/clockSession/status") == "CLOSED");
  CHECK(text_at(answer, "/timecard/status") == "CLOSED");
  auto pause = answer.at("autoEndedBreak");
  CHECK(text_at(pause, "/id") == text_at(started, "/id"));
  CHECK(text_at(pause, "/status") == "COMPLETED");
  CHECK(text_at(pause, "/endTime") == text_at(answer, "/clockSession/clockOutAt"));
  CHECK(text_at(pause, "/endReason") == "AUTO_ENDED_AT_CLOCKOUT");
  CHECK(text_at(pause, "/autoEnded") == "true");
  CHECK(text_at(pause, "/createdBy") == ann->person_id);
  CHECK(text_at(pause, "/updatedBy") != ann->person_id);

  auto entry = audit_entry(*ann, "BREAK_AUTO_ENDED");
  CHECK(text_at(entry, "/actor_type") == "SYSTEM");
  CHECK(text_at(entry, "/actor_id") == text_at(pause, "/updatedBy"));
  CHECK(text_at(entry, "/details/triggerEventId") == text_at(pause, "/triggerEventId"));
  CHECK(metric(metrics_now(), "break_ended_auto_at_clockout_total") -
            metric(before, "break_ended_auto_at_clockout_total") ==
        1);
  CHECK(becomes_true(patience, [&] { return logged_levels("leaves-" + ann->person_id).contains("INFO"); }));
  CHECK(ann->clock_in().status == 201);
}

TEST_CASE("breaks: the last used type is suggested, and another may be chosen [S84-AC7]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  CHECK(text_at(ann->timecard(), "/suggestedBreakType") == "null");
  ann->start_break("REST");
  ann->end_break();
  CHECK(text_at(ann->timecard(), "/suggestedBreakType") == "REST");
  CHECK(text_at(ann->start_break("OTHER"), "/breakType") == "OTHER");
  CHECK(text_at(ann->timecard(), "/suggestedBreakType") == "OTHER");
}

TEST_CASE("breaks: every break leaves entries with all named fields [S84-F14 S84-F15 D-38]") {
  auto ann = shared_server().new_mechanic();
  auto post = [&](const std::string& path, const std::string& body) {
    return ann->http.send(
        "POST", path,
        {{{"X-Correlation-Id", "audit-" + ann->person_id}, {"User-Agent", "terminal 7"}}, body});
  };
  auto in = ann->clock_in();
  auto pause = post("/api/people/me/breaks/start", R"({"breakType":"MEAL"})");
  auto started = audit_entry(*ann, "BREAK_STARTED");
  CHECK(text_at(started, "/details/mechanicId") == ann->person_id);
  CHECK(text_at(started, "/details/timecardId") == text_at(in, "/timecard/id"));
  CHECK(text_at(started, "/details/breakId") == text_at(pause, "/id"));
  CHECK(text_at(started, "/details/breakType") == "MEAL");
  CHECK(text_at(started, "/actor_type") == "USER");
  CHECK(text_at(started, "/actor_id") == ann->user_id);
  CHECK(text_at(started, "/subject_type") == "Break");
  CHECK(text_at(started, "/subject_id") == text_at(pause, "/id"));
  CHECK(text_at(started, "/category") == "TIMEKEEPING");
  CHECK(text_at(started, "/outcome") == "SUCCESS");
  CHECK(text_at(started, "/correlation_id") == "audit-" + ann->person_id);
  CHECK(text_at(started, "/user_agent") == "terminal 7");
  CHECK(text_at(started, "/client_address") == "127.0.0.1");
  CHECK(parse_timestamp(text_at(started, "/occurred_at")) == parse_timestamp(text_at(pause, "/startTime")));

  post("/api/people/me/breaks/end", "{}");
  auto ended = audit_entry(*ann, "BREAK_ENDED");
  CHECK(text_at(ended, "/details/breakId") == text_at(pause, "/id"));
  CHECK(text_at(ended, "/details/endReason") == "MANUAL_ENDED");
  CHECK(text_at(ended, "/details/autoEnded") == "false");
  CHECK(text_at(ended, "/actor_id") == ann->user_id);

  auto second = ann->start_break("REST");
  ann->clock_out();
  auto automatic = audit_entry(*ann, "BREAK_AUTO_ENDED");
  CHECK(text_at(automatic, "/details/breakId") == text_at(second, "/id"));
  CHECK(text_at(automatic, "/details/endReason") == "AUTO_ENDED_AT_CLOCKOUT");
  CHECK(text_at(automatic, "/details/autoEnded") == "true");
  CHECK(uuid::parse(text_at(automatic, "/details/triggerEventId")).has_value());
  CHECK(text_at(automatic, "/actor_type") == "SYSTEM");

  CHECK(
      number_of(shared_server().db(),
                fmt::format(
                    "SELECT count(*) FROM audit.entry WHERE actor_id = '{}' AND event_type IN "
                    "('CLOCKED_IN', 'CLOCKED_OUT') AND subject_type = 'ClockSession' AND location_id = '{}'",
                    ann->user_id, demo_shop)) == 2);
}

TEST_CASE("breaks: the database refuses to change or remove entries [S84-F16 G-AUD-1]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto& db = shared_server().db();
  auto count = [&] { return number_of(db, "SELECT count(*) FROM audit.entry"); };
  auto before = count();
  REQUIRE(before > 0);
  for (const auto* sql :
       {"UPDATE audit.entry SET reason_code = 'x'", "DELETE FROM audit.entry", "TRUNCATE audit.entry"}) {
    CAPTURE(sql);
    pqxx::nontransaction tx{db};
    CHECK_THROWS_AS(tx.exec(sql), pqxx::sql_error);
  }
  CHECK(count() == before);
}

TEST_CASE("breaks: many breaks of a day follow each other without overlap [S84-R3]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  for (int i = 0; i < 5; ++i) {
    REQUIRE(ann->start_break(i % 2 ? "MEAL" : "REST").status == 201);
    REQUIRE(ann->end_break().status == 200);
  }
  auto breaks = json_of(ann->timecard()).at("breaks").as_array();
  REQUIRE(breaks.size() == 5);
  for (std::size_t i = 1; i < breaks.size(); ++i)
    CHECK(*parse_timestamp(text_at(breaks[i], "/startTime")) >=
          *parse_timestamp(text_at(breaks[i - 1], "/endTime")));
}

TEST_CASE("clock-in: one session at a time, at a shop that exists [S84-F8]") {
  auto ann = shared_server().new_mechanic();
  check_error(ann->clock_in("01941f29-7c00-7000-8000-000000000001"), 404, "LOCATION_NOT_FOUND");
  check_error(ann->clock_in(rival_shop), 404, "LOCATION_NOT_FOUND");
  check_error(ann->timecard(), 404, "TIMECARD_NOT_FOUND");
  auto in = ann->http.post("/api/people/me/clock-in",
                           fmt::format(R"({{"locationId":"{}","notes":"früh"}})", demo_shop));
  REQUIRE(in.status == 201);
  CHECK(keys_of(json_of(in).at("timecard")) ==
        std::set<std::string>{"id", "personId", "locationId", "workDate", "status", "version"});
  CHECK(text_at(in, "/clockSession/status") == "OPEN");
  CHECK(text_at(in, "/clockSession/notes") == "früh");
  CHECK(text_at(in, "/clockSession/clockOutAt") == "null");
  CHECK(text_at(in, "/clockSession/timecardId") == text_at(in, "/timecard/id"));
  CHECK(text_at(in, "/timecard/personId") == ann->person_id);
  auto now = *parse_timestamp(text_at(in, "/clockSession/clockInAt"));
  CHECK(text_at(in, "/timecard/workDate") == to_string(local_day(now, "America/New_York")));
  check_error(ann->clock_in(), 409, "ALREADY_CLOCKED_IN");
  check_error(ann->clock_in(chicago_shop), 409, "ALREADY_CLOCKED_IN");
}

}  // namespace musterd::testing
