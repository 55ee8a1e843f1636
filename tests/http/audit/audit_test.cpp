#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// The audit trail over HTTP: who sees what of it, and how it is searched.
namespace musterd::testing {
namespace {

/// A company with its own trail, and people who may see parts of it.
struct audited {
  company_server server;
  desk d{server};
  std::unique_ptr<visitor> auditor = server.signed_in("demo.auditor");
  service pos{server};

  std::unique_ptr<visitor> holder_of(const std::string& role) {
    auto who = d.user(true);
    d.assigned(d.assignment(who.user_id, role));
    return server.signed_in(who.username, first_password);
  }
  http_answer find(const std::string& query) { return auditor->http.get("/api/audit/entries" + query); }
  std::string event(const std::string& id, const std::string& type = "REFUND",
                    const std::string& when = to_string(wall_clock_now())) const {
    return fmt::format(
        R"({{"eventId":"{}","event":{{"eventType":"{}","occurredAt":"{}","actorId":"{}",)"
        R"("subjectType":"Order","subjectId":"{}","locationId":"{}","references":[{{"type":"order","id":"4711"}},)"
        R"({{"type":"payment","id":"P-9"}}],"reason":"damaged","details":{{"amountCents":1200,)"
        R"("before":{{"total":1200}},"after":{{"total":0}},"card":{{"cardNumber":"4111","apiToken":"t0p"}}}}}}}})",
        id, type, when, nobody, nobody, demo_shop);
  }
};

audited& stage() {
  static audited only;
  return only;
}

boost::json::array items_of(const http_answer& answer) {
  return json_of(answer).at("items").as_array();
}

std::size_t count(const http_answer& answer) {
  return items_of(answer).size();
}

}  // namespace

TEST_CASE("audit: entries are found by what they say, newest first [G-AUD-9]") {
  auto& a = stage();
  auto ann = a.server.new_mechanic();
  ann->clock_in();
  ann->start_break();
  ann->end_break();
  auto all = a.find("?actorId=" + ann->user_id);
  REQUIRE(all.status == 200);
  auto items = json_of(all).at("items").as_array();
  REQUIRE(items.size() == 4);
  CHECK(text_at(all, "/totalCount") == "4");
  CHECK(text_at(items[0], "/eventType") == "BREAK_ENDED");
  CHECK(text_at(items[2], "/eventType") == "CLOCKED_IN");
  CHECK(text_at(items[3], "/eventType") == "LOGIN_SUCCEEDED");
  auto pause = text_at(items[0], "/subjectId");
  auto of = [&](const std::string& more) { return count(a.find("?actorId=" + ann->user_id + more)); };
  CHECK(of("&eventType=BREAK_STARTED") == 1);
  CHECK(of("&category=TIMEKEEPING") == 3);
  CHECK(of("&category=SECURITY") == 1);
  CHECK(of("&subjectType=Break") == 2);
  CHECK(of("&subjectType=Break&subjectId=" + pause) == 2);
  CHECK(of(fmt::format("&locationId={}", demo_shop)) == 1);  // breaks have no location of their own
  CHECK(of("&dateFrom=" + tomorrow) == 0);
  CHECK(of("&dateFrom=" + yesterday + "&dateTo=" + tomorrow) == 4);
  CHECK(of("&dateTo=" + text_at(items[0], "/occurredAt")) == 3);  // half-open
  CHECK(count(a.find("?subjectId=" + pause)) == 2);
  check_error(a.find("?category=NONSENSE&actorId=7&dateFrom=yesterday"), 400, "VALIDATION_FAILED");
}

TEST_CASE("audit: pages follow each other without gaps, also while entries are added [G-AUD-9 G-API-1]") {
  auto& a = stage();
  auto ann = a.server.new_mechanic();
  for (int i = 0; i < 4; ++i) {
    ann->clock_in();
    ann->clock_out();
  }
  std::vector<std::string> seen;
  for (int index = 0; index < 5; ++index) {
    for (const auto& item :
         items_of(a.find(fmt::format("?actorId={}&pageSize=2&pageIndex={}", ann->user_id, index))))
      seen.push_back(text_at(item, "/entryId"));
    ann->clock_in();  // new entries are on none of the pages that follow
    ann->clock_out();
  }
  CHECK(seen.size() == 9);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == 9);
  CHECK(std::is_sorted(seen.rbegin(), seen.rend()));
  auto jump = a.find("?pageIndex=400&pageSize=100");
  check_error(jump, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(jump) == std::set<std::string>{"pageIndex"});
}

TEST_CASE(
    "audit: payloads are for those who may see them; others see which fields they name [G-AUD-11 G-AUD-14]") {
  auto& a = stage();
  auto ann = a.server.new_mechanic();
  ann->clock_in();
  auto security = a.holder_of("SECURITY_ADMIN");
  auto query = "/api/audit/entries?eventType=CLOCKED_IN&actorId=" + ann->user_id;
  auto raw = json_of(security->http.get(query)).at("items").at(0);
  CHECK(text_at(raw, "/payload/timecard/personId") == ann->person_id);
  CHECK(text_at(raw, "/clientAddress") == "127.0.0.1");
  auto one = security->http.get("/api/audit/entries/" + text_at(raw, "/entryId"));
  CHECK(text_at(one, "/payload/timecard/personId") == ann->person_id);
  CHECK(text_at(one, "/entryHash").size() == 64);
  CHECK(std::stoll(text_at(one, "/chainSeq")) >= 1);
  auto curious = a.d.user(true);
  auto role = a.d.admin->http.post("/api/security/roles",
                                   R"({"roleName":"Curious","allowedScopes":["GLOBAL","LOCATION"]})");
  REQUIRE(role.status == 201);
  REQUIRE(a.d.admin->http
              .send("PUT", "/api/security/roles/" + text_at(role, "/roleId") +
                               "/permissions/security:audit_entry:view")
              .status < 300);
  a.d.assigned(a.d.assignment(curious.user_id, "Curious"));
  auto reader = a.server.signed_in(curious.username, first_password);
  REQUIRE(becomes_true(patience, [&] { return reader->http.get(query).status == 200; }));
  auto curated = json_of(reader->http.get(query)).at("items").at(0);
  CHECK(text_at(curated, "/payload") == "null");
  CHECK(text_at(curated, "/clientAddress") == "null");
  CHECK(text_at(curated, "/changedFields") == R"(["clockSession","timecard"])");
  CHECK(reader->http.get("/api/audit/entries/" + text_at(raw, "/entryId")).body.find("payload\":{") ==
        std::string::npos);
  check_error(reader->http.get("/api/audit/entries?category=FINANCIAL"), 403, "ACCESS_DENIED");
  // The same permission at one shop shows only that shop.
  auto local = a.d.user(true);
  a.d.assigned(a.d.assignment(local.user_id, "Curious", chicago_shop));
  auto neighbour = a.server.signed_in(local.username, first_password);
  for (const auto& item : items_of(neighbour->http.get("/api/audit/entries")))
    CHECK(text_at(item, "/locationId") == chicago_shop);
  check_error(neighbour->http.get("/api/audit/entries/" + text_at(raw, "/entryId")), 404,
              "AUDIT_ENTRY_NOT_FOUND");
  check_error(neighbour->http.get("/api/audit/verification"), 403, "ACCESS_DENIED");
}

TEST_CASE("audit: financial exceptions come in once, without secrets, and have readers of their own "
          "[G-AUD-10 G-AUD-12 G-AUD-14 D-49]") {
  auto& a = stage();
  auto id = to_string(uuid::generate());
  auto event = a.event(id);
  CHECK(a.pos.http.post("/internal/audit/events", event).status == 202);
  CHECK(a.pos.http.post("/internal/audit/events", event).status == 202);
  auto accounting = a.holder_of("ACCOUNTING");
  auto found = accounting->http.get("/api/audit/entries?reference=order:4711");
  REQUIRE(found.status == 200);
  REQUIRE(count(found) == 1);
  auto entry = json_of(found).at("items").at(0);
  CHECK(text_at(entry, "/category") == "FINANCIAL");
  CHECK(text_at(entry, "/eventType") == "REFUND");
  CHECK(text_at(entry, "/references") ==
        R"(["order:4711","payment:P-9","claimed-actor:)" + std::string{nobody} + R"("])");
  CHECK(text_at(entry, "/reasonCode") == "damaged");
  CHECK(count(accounting->http.get("/api/audit/entries?reference=payment:P-9")) == 1);
  CHECK(count(accounting->http.get("/api/audit/entries?reference=order:47")) == 0);
  for (const auto& item : items_of(accounting->http.get("/api/audit/entries")))
    CHECK(text_at(item, "/category") == "FINANCIAL");
  check_error(accounting->http.get("/api/audit/entries?category=SECURITY"), 403, "ACCESS_DENIED");
  CHECK(a.find("?category=FINANCIAL").status == 200);
  auto stored = text_of(a.server.db(), "SELECT details FROM audit.entry WHERE event_type = 'REFUND'");
  CHECK(stored.find("1200") != std::string::npos);
  CHECK(stored.find("4111") == std::string::npos);
  CHECK(stored.find("t0p") == std::string::npos);

  check_error(a.pos.http.post("/internal/audit/events", a.event(to_string(uuid::generate()), "GIFT")), 400,
              "VALIDATION_FAILED");
  for (const auto* when : {"9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"}) {
    auto far =
        a.pos.http.post("/internal/audit/events", a.event(to_string(uuid::generate()), "REFUND", when));
    check_error(far, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(far) == std::set<std::string>{"occurredAt"});
  }
  auto empty = a.pos.http.post("/internal/audit/events", "{}");
  check_error(empty, 400, "VALIDATION_FAILED");
  check_error(a.auditor->http.post("/internal/audit/events", a.event(id)), 403, "ACCESS_DENIED");
}

TEST_CASE("audit: a page ends at about 4 MiB, and every entry comes once, by token and by index [G-AUD-9]") {
  auto& a = stage();
  for (int i = 0; i < 10; ++i) {
    auto large = boost::json::parse(a.event(to_string(uuid::generate()))).as_object();
    auto& event = large["event"].as_object();
    event["references"] = {{{"type", "order"}, {"id", "large"}}};
    event["details"] = {{"notes", std::string(900'000, 'x')}};
    REQUIRE(a.pos.http.post("/internal/audit/events", json(large)).status == 202);
  }
  const std::string query = "?reference=order:large&pageSize=100";
  std::multiset<std::string> by_token, by_index;
  auto read = [&](const std::string& more, std::multiset<std::string>& into) {
    auto answer = a.find(query + more);
    REQUIRE(answer.status == 200);
    CHECK(answer.body.size() < 5 * 1024 * 1024);
    CHECK(text_at(answer, "/totalCount") == "10");
    for (const auto& item : items_of(answer))
      into.insert(text_at(item, "/entryId"));
    return json_of(answer);
  };
  auto page = read("", by_token);
  CHECK(page.at("items").as_array().size() == 5);
  while (text_at(page, "/nextPageToken") != "null")
    page = read("&pageToken=" + text_at(page, "/nextPageToken"), by_token);
  CHECK(by_token.size() == 10);
  CHECK(std::set<std::string>(by_token.begin(), by_token.end()).size() == 10);
  for (int index = 0; index < 2; ++index)
    read(fmt::format("&pageIndex={}", index), by_index);
  CHECK(by_index == by_token);
}

TEST_CASE("Security: what a service says of an actor is on record as its claim") {
  auto& a = stage();
  auto id = to_string(uuid::generate());
  REQUIRE(a.pos.http.post("/internal/audit/events", a.event(id, "CANCELLATION")).status == 202);
  auto entry = json_of(a.find("?eventType=CANCELLATION")).at("items").at(0);
  CHECK(text_at(entry, "/actorType") == "SERVICE");
  CHECK(text_at(entry, "/actorId") != nobody);
  CHECK(text_at(entry, "/payload/claimed/producer") == text_at(entry, "/actorId"));
  CHECK(text_at(entry, "/payload/claimed/actorId") == nobody);
  CHECK(text_at(entry, "/payload/claimed/actorType") == "USER");
}

TEST_CASE("Security: another audit event under an id that was used is refused and reported") {
  auto& a = stage();
  auto id = to_string(uuid::generate());
  auto alerts = [&] {
    return number_of(a.server.db(),
                     "SELECT count(*) FROM messaging.alert WHERE type = 'AUDIT_EVENT_DIFFERS' AND "
                     "details->>'eventId' = '" +
                         id + "'");
  };
  REQUIRE(a.pos.http.post("/internal/audit/events", a.event(id)).status == 202);
  check_error(a.pos.http.post("/internal/audit/events", a.event(id, "PRICE_OVERRIDE")), 409,
              "AUDIT_EVENT_DIFFERS");
  CHECK(becomes_true(patience, [&] { return alerts() == 1; }));
}

TEST_CASE("audit: whoever reads a value that was changed beside the trail is told so, and operators are") {
  company_server server;
  desk d{server};
  auto who = d.person();
  auto as_entered = [&] {
    return json_of(
               d.admin->http.get("/api/audit/entries?eventType=PERSON_CREATED&subjectId=" + who.person_id))
        .at("items")
        .at(0);
  };
  CHECK(text_at(as_entered(), "/alteredFields") == "[]");
  pqxx::nontransaction{server.db()}.exec("ALTER TABLE audit.personal_value DISABLE TRIGGER USER; UPDATE "
                                         "audit.personal_value SET value = 'Eve' WHERE "
                                         "field = 'afterState.lastName' AND owner_id = '" +
                                         who.person_id +
                                         "'; ALTER TABLE audit.personal_value ENABLE TRIGGER USER");
  auto shown = as_entered();
  CHECK(text_at(shown, "/alteredFields/0") == "afterState.lastName");
  CHECK(text_at(shown, "/payload/afterState/lastName/altered") == "true");
  CHECK(boost::json::serialize(shown).find("Eve") == std::string::npos);
  auto theirs = d.admin->http.get("/api/people/persons/" + who.person_id + "/data");
  CHECK(theirs.status == 200);
  CHECK(theirs.body.find("\"Eve\"") == std::string::npos);
  auto alerts = [&] {
    return number_of(server.db(), "SELECT count(*) FROM messaging.alert WHERE type = 'AUDIT_VALUES_ALTERED'");
  };
  CHECK(becomes_true(patience, [&] { return alerts() == 1; }));
  CHECK(metric(d.metrics(), "audit_values_altered_total") == 2);
  CHECK(alerts() == 1);
}

TEST_CASE("audit: a verification that the database does not answer is over in time, at the server too") {
  audited a;
  auto verifying = [&] {
    return number_of(a.server.db(),
                     "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "application_name = 'musterd stream'");
  };
  pqxx::connection other{a.server.database().owner_url()};
  pqxx::work in_the_way{other};
  in_the_way.exec("LOCK TABLE audit.chain IN ACCESS EXCLUSIVE MODE");
  check_error(a.auditor->http.get("/api/audit/verification"), 503, "UNAVAILABLE");
  CHECK(becomes_true(patience, [&] { return verifying() == 0; }));
}

TEST_CASE("audit: the verification finds what an owner of the database did [G-AUD-1]") {
  audited a;
  auto ann = a.server.new_mechanic();
  ann->clock_in();
  auto whole = a.auditor->http.get("/api/audit/verification");
  REQUIRE(whole.status == 200);
  CHECK(text_at(whole, "/valid") == "true");
  CHECK(std::stoll(text_at(whole, "/entriesChecked")) >= 2);
  pqxx::nontransaction{a.server.db()}.exec("ALTER TABLE audit.entry DISABLE TRIGGER USER; UPDATE audit.entry "
                                           "SET actor_id = subject_id WHERE event_type = "
                                           "'CLOCKED_IN'; ALTER TABLE audit.entry ENABLE TRIGGER USER");
  auto found = a.auditor->http.get("/api/audit/verification?dateFrom=" + yesterday);
  CHECK(text_at(found, "/valid") == "false");
  CHECK(text_at(found, "/problems/0/kind") == "CHANGED");
  CHECK(metric(a.server.client().get("/metrics").body, "audit_verification_problems") == 1);
  // A part without problems says nothing of the others.
  CHECK(text_at(a.auditor->http.get("/api/audit/verification?dateTo=2020-01-01T00:00:00Z"), "/valid") ==
        "true");
  CHECK(metric(a.server.client().get("/metrics").body, "audit_verification_problems") == 1);
  CHECK_THROWS_WITH(a.server.process().run("audit verify"), doctest::Contains("CHANGED"));
}

}  // namespace musterd::testing
