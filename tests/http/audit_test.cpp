#include "tests/http/desk.hpp"

#include "common/uuid.hpp"

#include <fmt/format.h>

/// Asking the audit trail (Guide, "Audit Trail"), through the front door.
namespace musterd::testing {
namespace {

const std::string entries = "/api/audit/entries";

std::set<std::string> values_of(const http_answer& page, std::string_view pointer) {
  std::set<std::string> result;
  auto body = json_of(page);
  for (const auto& item : body.at("items").as_array())
    result.insert(text_at(item, pointer));
  return result;
}

boost::json::object refund(const std::string& event_id, const std::string& order) {
  return {{"eventId", event_id},
          {"event",
           {{"eventType", "REFUND"},
            {"occurredAt", yesterday},
            {"actorId", to_string(uuid::generate())},
            {"subjectType", "Payment"},
            {"subjectId", to_string(uuid::generate())},
            {"references", boost::json::array{{{"type", "order"}, {"id", order}}}},
            {"reason", "Damaged"},
            {"details", {{"amountCents", 1200}, {"cardNumber", "4111111111111111"}}}}}};
}

}  // namespace

TEST_CASE("Guide, Audit: a role's whole life is found by subject, with its states before and after") {
  desk d;
  auto nina = d.user();
  auto id = d.assigned(d.assignment(nina.user_id, "MECHANIC", demo_shop));
  REQUIRE(d.end(id, {{"reasonCode", "LEFT"}}).status == 200);
  auto auditor = d.server.signed_in("demo.auditor");
  auto found = auditor->http.get(entries + "?subjectId=" + nina.user_id);
  REQUIRE(found.status == 200);
  CHECK(values_of(found, "/eventType") ==
        std::set<std::string>{"USER_PROVISIONED", "RoleAssignmentCreated", "RoleAssignmentEnded"});
  auto ended = json_of(found).at("items").at(0);
  CHECK(text_at(ended, "/eventType") == "RoleAssignmentEnded");  // newest first
  CHECK(text_at(ended, "/reasonCode") == "LEFT");
  CHECK(text_at(ended, "/outcome") == "SUCCESS");
  CHECK(text_at(ended, "/locationId") == demo_shop);
  CHECK(text_at(ended, "/actorId") == d.admin->user_id);
  CHECK(text_at(ended, "/payload/beforeState/effectiveEndDate") == "null");
  CHECK(text_at(ended, "/payload/afterState/assignmentId") == id);
  auto alone = auditor->http.get(entries + '/' + text_at(ended, "/entryId"));
  REQUIRE(alone.status == 200);
  CHECK(text_at(alone, "/entryHash").size() == 64);
  CHECK(uuid::parse(text_at(alone, "/chainId")).has_value());
}

TEST_CASE("Guide, Audit: filters narrow, pages do not overlap, wrong parameters are named") {
  desk d;
  auto nina = d.user();
  for (int i = 0; i < 5; ++i)
    d.assigned(d.assignment(nina.user_id, "MECHANIC", demo_shop));
  auto& http = d.admin->http;
  auto of_nina = entries + "?subjectId=" + nina.user_id + "&eventType=RoleAssignmentCreated";
  std::set<std::string> seen;
  for (int index = 0; index < 3; ++index) {
    auto page = http.get(fmt::format("{}&pageSize=2&pageIndex={}", of_nina, index));
    REQUIRE(page.status == 200);
    CHECK(text_at(page, "/totalCount") == "5");
    auto ids = values_of(page, "/entryId");
    CHECK(ids.size() == (index < 2 ? 2 : 1));
    seen.insert(ids.begin(), ids.end());
  }
  CHECK(seen.size() == 5);
  CHECK(text_at(http.get(of_nina + "&category=TIMEKEEPING"), "/totalCount") == "0");
  CHECK(text_at(http.get(of_nina + "&locationId=" + demo_shop), "/totalCount") == "5");
  CHECK(text_at(http.get(of_nina + "&actorId=" + d.admin->user_id), "/totalCount") == "5");
  CHECK(text_at(http.get(of_nina + "&subjectType=Role"), "/totalCount") == "0");
  CHECK(text_at(http.get(of_nina + "&dateTo=" + yesterday), "/totalCount") == "0");
  CHECK(text_at(http.get(of_nina + "&dateFrom=" + yesterday + "&dateTo=" + tomorrow), "/totalCount") == "5");
  auto wrong = http.get(entries + "?category=NONE&actorId=x&dateFrom=y&pageSize=101");
  check_error(wrong, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(wrong) == std::set<std::string>{"category", "actorId", "dateFrom", "pageSize"});
  check_error(http.get(entries + '/' + to_string(uuid::generate())), 404, "AUDIT_ENTRY_NOT_FOUND");
}

TEST_CASE("Guide, Audit: who may see what; payloads only with their own permission") {
  company_server server;
  desk d{server};
  auto nina = d.user();
  auto order = "o-" + nina.username;
  service pos{server};
  auto event = to_string(uuid::generate());
  CHECK(pos.http.post("/internal/audit/events", json(refund(event, order))).status == 202);
  CHECK(pos.http.post("/internal/audit/events", json(refund(event, order))).status == 202);  // once only

  auto accounting = server.signed_in("demo.payroll");
  auto found = accounting->http.get(entries + "?reference=order:" + order);
  REQUIRE(found.status == 200);
  CHECK(text_at(found, "/totalCount") == "1");
  CHECK(text_at(found, "/items/0/category") == "FINANCIAL");
  CHECK(text_at(found, "/items/0/payload") == "null");
  CHECK(text_at(found, "/items/0/references/0") == "order:" + order);
  CHECK(values_of(accounting->http.get(entries), "/category") == std::set<std::string>{"FINANCIAL"});
  auto refused = accounting->http.get(entries + "?category=SECURITY");
  check_error(refused, 403, "ACCESS_DENIED", "Access Denied");
  CHECK(has(json_of(refused), "/details/decisionId"));

  auto full = d.admin->http.get(entries + "?reference=order:" + order);
  CHECK(text_at(full, "/items/0/payload/details/amountCents") == "1200");
  CHECK(full.body.find("4111111111111111") == std::string::npos);
  CHECK(d.admin->http.get(entries + "?pageSize=100").body.find("argon2") == std::string::npos);
  auto bad =
      pos.http.post("/internal/audit/events",
                    R"({"eventId":"01941f29-7c00-7000-8000-000000000001","event":{"eventType":"GIFT"}})");
  check_error(bad, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(bad).contains("event.eventType"));
  auto rival = server.signed_in("rival.owner");
  CHECK(text_at(rival->http.get(entries + "?reference=order:" + order), "/totalCount") == "0");
}

TEST_CASE("Guide, Audit: whoever owns the database cannot change the trail unnoticed") {
  company_server server;
  desk d{server};
  auto nina = d.user();
  d.assigned(d.assignment(nina.user_id, "MECHANIC", demo_shop));
  auto auditor = server.signed_in("demo.auditor");
  auto good = auditor->http.get("/api/audit/verification");
  REQUIRE(good.status == 200);
  CHECK(text_at(good, "/valid") == "true");
  auto as_owner = [&](const std::string& sql) {
    pqxx::nontransaction{server.db()}.exec("ALTER TABLE audit.entry DISABLE TRIGGER USER; " + sql +
                                           "; ALTER TABLE audit.entry ENABLE TRIGGER USER");
  };
  CHECK_THROWS(pqxx::nontransaction{server.db()}.exec("DELETE FROM audit.entry"));
  SUBCASE("changed") {
    as_owner("UPDATE audit.entry SET reason_code = 'NOTHING' WHERE event_type = 'USER_PROVISIONED'");
    auto bad = auditor->http.get("/api/audit/verification");
    CHECK(text_at(bad, "/valid") == "false");
    CHECK(text_at(bad, "/problems/0/kind") == "CHANGED");
  }
  SUBCASE("removed") {
    as_owner("DELETE FROM audit.entry WHERE event_type = 'RoleAssignmentCreated'");
    auto bad = auditor->http.get("/api/audit/verification");
    CHECK(text_at(bad, "/valid") == "false");
    CHECK(text_at(bad, "/problems/0/kind") == "MISSING");
  }
}

TEST_CASE("Guide, Audit: an export runs as a job, is limited, fetched as a file and audited itself") {
  desk d;
  auto auditor = d.server.signed_in("demo.auditor");
  auto order = [&](const std::string& format, const std::string& from, const std::string& to) {
    return auditor->http.post("/api/audit/exports",
                              json({{"format", format}, {"filters", {{"dateFrom", from}, {"dateTo", to}}}}));
  };
  check_error(order("CSV", "2020-01-01T00:00:00Z", tomorrow), 400, "EXPORT_RANGE_TOO_LONG");
  check_error(order("CSV", tomorrow, yesterday), 400, "VALIDATION_FAILED");
  check_error(order("XLS", yesterday, tomorrow), 400, "VALIDATION_FAILED");
  for (const std::string format : {"CSV", "NDJSON"}) {
    auto asked = order(format, yesterday, tomorrow);
    REQUIRE(asked.status == 202);
    auto path = "/api/audit/exports/" + text_at(asked, "/exportId");
    REQUIRE(becomes_true(patience, [&] { return text_at(auditor->http.get(path), "/status") == "DONE"; }));
    CHECK(text_at(auditor->http.get(path), "/progressPercent") == "100");
    auto file = auditor->http.get(path + "/content");
    REQUIRE(file.status == 200);
    auto lines = std::count(file.body.begin(), file.body.end(), '\n') - (format == "CSV" ? 1 : 0);
    CHECK(std::to_string(lines) == text_at(auditor->http.get(path), "/rowsWritten"));
    CHECK(file.body.starts_with(format == "CSV" ? "entryId,category," : "{\"entryId\""));
    CHECK(values_of(auditor->http.get(entries + "?subjectId=" + text_at(asked, "/exportId")), "/eventType") ==
          std::set<std::string>{"AUDIT_EXPORT_REQUESTED", "AUDIT_EXPORTED", "AUDIT_EXPORT_DOWNLOADED"});
    check_error(d.admin->http.get(path), 404, "AUDIT_EXPORT_NOT_FOUND");  // somebody else's
  }
}

}  // namespace musterd::testing
