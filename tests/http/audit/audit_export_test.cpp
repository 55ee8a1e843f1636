#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/support/lines.hpp"

#include <fmt/format.h>

#include <fstream>

/// Exports of the audit trail: requested, tracked, downloaded, limited, audited.
namespace musterd::testing {
namespace {

std::string order(const std::string& format, const std::string& more = {}) {
  return fmt::format(R"({{"format":"{}","filters":{{"dateFrom":"{}","dateTo":"{}"{}}}}})", format, yesterday,
                     tomorrow, more);
}

/// Requests an export and waits for its end; returns its state then.
boost::json::value exported(visitor& who, const std::string& wanted) {
  auto asked = who.http.post("/api/audit/exports", wanted);
  REQUIRE_MESSAGE(asked.status == 202, asked.body);
  CHECK(text_at(asked, "/status") == "QUEUED");
  auto path = "/api/audit/exports/" + text_at(asked, "/exportId");
  REQUIRE(becomes_true(patience, [&] {
    return has(json_of(who.http.get(path)), "/finishedAt") &&
           text_at(who.http.get(path), "/finishedAt") != "null";
  }));
  return json_of(who.http.get(path));
}

http_answer content(visitor& who, const boost::json::value& state) {
  return who.http.get("/api/audit/exports/" + text_at(state, "/exportId") + "/content");
}

}  // namespace

TEST_CASE("audit export: NDJSON and CSV have every entry once, and the trail says who took them [G-AUD-13]") {
  company_server server;
  auto ann = server.new_mechanic();
  ann->clock_in();
  ann->clock_out();
  auto auditor = server.signed_in("demo.auditor");
  auto wanted = R"(,"actorId":")" + ann->user_id + "\"";
  auto state = exported(*auditor, order("NDJSON", wanted));
  CHECK(text_at(state, "/status") == "DONE");
  CHECK(text_at(state, "/rowsWritten") == "3");
  CHECK(text_at(state, "/progressPercent") == "100");
  auto file = content(*auditor, state);
  REQUIRE(file.status == 200);
  CHECK(file.header("content-type").starts_with("application/x-ndjson"));
  CHECK(file.header("content-disposition").find(".ndjson") != std::string::npos);
  CHECK(std::to_string(file.body.size()) == text_at(state, "/bytes"));
  auto lines = lines_of(file.body);
  REQUIRE(lines.size() == 3);
  CHECK(text_at(boost::json::parse(lines[0]), "/eventType") == "CLOCKED_OUT");

  auto table = lines_of(content(*auditor, exported(*auditor, order("CSV", wanted))).body);
  REQUIRE(table.size() == 4);
  CHECK(table[0].starts_with("entryId,category,eventType,occurredAt,"));
  CHECK(table[1].find(",TIMEKEEPING,\"CLOCKED_OUT\",") != std::string::npos);
  for (const auto* type : {"AUDIT_EXPORT_REQUESTED", "AUDIT_EXPORTED", "AUDIT_EXPORT_DOWNLOADED"})
    CHECK(
        number_of(server.db(),
                  fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = '{}' AND actor_id = '{}'",
                              type, auditor->user_id)) == 2);
  CHECK(entries_without_trace(server, auditor->user_id) == 0);
  CHECK(text_at(auditor->http.get("/api/audit/verification"), "/valid") == "true");
  auto metrics = server.client().get("/metrics").body;
  CHECK(metric(metrics, "audit_export_rows_total") == 6);
  CHECK(metric(metrics, R"(audit_exports_total{status="done"})") == 2);

  // An export belongs to its requester.
  auto admin = server.signed_in("demo.admin");
  check_error(admin->http.get("/api/audit/exports/" + text_at(state, "/exportId")), 404,
              "AUDIT_EXPORT_NOT_FOUND");
  check_error(content(*admin, state), 404, "AUDIT_EXPORT_NOT_FOUND");
}

TEST_CASE("audit export: a spreadsheet finds no formula, and quotes stay inside of their cell [G-AUD-13]") {
  company_server server;
  service pos{server};
  auto event = fmt::format(
      R"({{"eventId":"{0}","event":{{"eventType":"REFUND","occurredAt":"{1}","actorId":"{0}","subjectType":"Order",)"
      R"x("subjectId":"{0}","references":[{{"type":"=HYPERLINK(\"x\")","id":"1"}}],"reason":"=1+1,\"a\""}}}})x",
      nobody, yesterday);
  REQUIRE(pos.http.post("/internal/audit/events", event).status == 202);
  auto auditor = server.signed_in("demo.auditor");
  auto file = content(*auditor, exported(*auditor, order("CSV", R"(,"category":"FINANCIAL")"))).body;
  CHECK(file.find(R"("'=1+1,""a""")") != std::string::npos);
  CHECK(file.find(R"x("'=HYPERLINK(""x""):1 claimed-actor:)x") != std::string::npos);
}

TEST_CASE("audit export: limits are said clearly, and permissions hold [G-AUD-13 G-AUD-14]") {
  company_server server{{{"MUSTERD_AUDIT_EXPORT_MAX_ROWS", "3"}, {"MUSTERD_AUDIT_EXPORT_MAX_DAYS", "10"}}};
  auto auditor = server.signed_in("demo.auditor");
  auto post = [&](const std::string& body) { return auditor->http.post("/api/audit/exports", body); };
  auto missing = post(R"({"format":"CSV","filters":{}})");
  check_error(missing, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(missing) == std::set<std::string>{"filters.dateFrom", "filters.dateTo"});
  check_error(post(R"({"format":"PDF","filters":{}})"), 400, "VALIDATION_FAILED");
  // Filters are stored: in the job, the trail and the log.
  std::string name(129, 'x');
  auto wordy = post(json({{"format", "CSV"},
                          {"filters", boost::json::object{{"dateFrom", yesterday},
                                                          {"dateTo", tomorrow},
                                                          {"eventType", name},
                                                          {"subjectType", name},
                                                          {"reference", name}}}}));
  check_error(wordy, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(wordy) ==
        std::set<std::string>{"filters.eventType", "filters.subjectType", "filters.reference"});
  check_error(
      post(
          R"({"format":"CSV","filters":{"dateFrom":"2026-01-01T00:00:00Z","dateTo":"2026-01-12T00:00:00Z"}})"),
      400, "EXPORT_RANGE_TOO_LONG", "An export covers at most 10 days; this range is longer.");
  for (int i = 0; i < 4; ++i)
    server.signed_in("demo.mechanic");
  check_error(post(order("CSV")), 400, "EXPORT_TOO_LARGE",
              "An export has at most 3 entries; these filters find more. Ask for fewer.");
  check_error(server.signed_in("demo.mechanic")->http.post("/api/audit/exports", order("CSV")), 403,
              "ACCESS_DENIED");
}

TEST_CASE("Security: whoever has three exports under way is told to wait, and nobody else is") {
  company_server server;
  auto auditor = server.signed_in("demo.auditor");
  // Another server is at them.
  auto lease = [&](const std::string& what) {
    pqxx::nontransaction{server.db()}.exec("UPDATE cluster.lease SET " + what +
                                           " WHERE role = 'audit-exports'");
  };
  lease("holder = gen_random_uuid(), epoch = epoch + 1, until = now() + interval '1 hour'");
  pqxx::nontransaction{server.db()}.exec(
      fmt::format("INSERT INTO audit.export_job (tenant_id, export_id, requested_by, correlation_id, format, "
                  "request, status, rows_total, rows_written, bytes, created_at, version) SELECT '{}', "
                  "gen_random_uuid(), '{}', 'c', 'CSV', '{{}}', 'RUNNING', 0, 0, 0, now(), 1 FROM "
                  "generate_series(1, 3)",
                  demo_tenant, auditor->user_id));
  check_error(auditor->http.post("/api/audit/exports", order("CSV")), 409, "AUDIT_EXPORTS_OPEN",
              "Three of your exports are not finished yet; ask again when one is.");
  auto owner = server.signed_in("demo.owner");
  auto asked = owner->http.post("/api/audit/exports", order("CSV"));
  REQUIRE(asked.status == 202);
  lease("until = now()");
  CHECK(becomes_true(patience, [&] {
    return text_at(owner->http.get("/api/audit/exports/" + text_at(asked, "/exportId")), "/status") == "DONE";
  }));
}

TEST_CASE("audit export: a folder that cannot be written fails the export with its reason, and nothing else "
          "[G-AUD-13]") {
  company_server server{{{"MUSTERD_AUDIT_EXPORT_DIR", "/proc/self/comm/exports"}}};
  auto auditor = server.signed_in("demo.auditor");
  for (int i = 0; i < 2; ++i) {
    auto state = exported(*auditor, order("CSV"));
    CHECK(text_at(state, "/status") == "FAILED");
    CHECK(text_at(state, "/failure") ==
          "The export folder is full or cannot be written: an operator has to see to it.");
  }
  CHECK(server.client().get("/health/ready").status == 200);
  auto tree = json_of(server.signed_in("demo.operator")->http.get("/api/ops/supervision"));
  CHECK(text_at(tree, "/state") == "RUNNING");
  CHECK(server.process().stop() == std::optional{0});
}

TEST_CASE("audit export: asked for twice with one key it is one export; one that was cut short is begun "
          "again [G-AUD-13 D-8]") {
  company_server server;
  auto auditor = server.signed_in("demo.auditor");
  auto ask = [&] {
    return auditor->http.send("POST", "/api/audit/exports", {{{"Idempotency-Key", "once"}}, order("CSV")});
  };
  auto first = ask(), second = ask();
  REQUIRE(first.status == 202);
  CHECK(second.body == first.body);
  CHECK(second.header("idempotency-replayed") == "true");
  CHECK(number_of(server.db(), "SELECT count(*) FROM audit.export_job") == 1);
  auto path = "/api/audit/exports/" + text_at(first, "/exportId");
  auto done = [&] { return text_at(auditor->http.get(path), "/status") == "DONE"; };
  REQUIRE(becomes_true(patience, done));
  pqxx::nontransaction{server.db()}.exec(
      "UPDATE audit.export_job SET status = 'RUNNING', finished_at = NULL");
  server.restart();
  CHECK(becomes_true(patience, done));
}

TEST_CASE("Security: audit export: a file outlives no right that it was made with") {
  company_server server;
  desk d{server};
  auto who = d.user(true);
  auto as_auditor = d.assigned(d.assignment(who.user_id, "AUDITOR"));
  auto reader = server.signed_in(who.username, first_password);
  auto everything = exported(*reader, order("CSV"));
  auto money = exported(*reader, order("CSV", R"(,"category":"FINANCIAL")"));
  REQUIRE(content(*reader, everything).status == 200);
  d.assigned(d.assignment(who.user_id, "ACCOUNTING"));
  REQUIRE(content(*reader, everything).status == 200);
  REQUIRE(d.end(as_auditor).status == 200);
  // ACCOUNTING exports financial entries, without payloads.
  for (const auto& state : {everything, money}) {
    auto answer = content(*reader, state);
    check_error(answer, 403, "ACCESS_DENIED");
    CHECK(uuid::parse(text_at(answer, "/details/decisionId")).has_value());
  }
  auto own = exported(*reader, order("CSV", R"(,"category":"FINANCIAL")"));
  CHECK(content(*reader, own).status == 200);
  CHECK(number_of(server.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = "
                                           "'AUDIT_EXPORT_DOWNLOADED' AND actor_id = '{}'",
                                           who.user_id)) == 3);
  d.assigned(d.assignment(who.user_id, "AUDITOR"));
  CHECK(content(*reader, everything).status == 200);
}

}  // namespace musterd::testing
