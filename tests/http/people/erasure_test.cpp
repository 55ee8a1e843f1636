#include "common/text/uuid.hpp"
#include "tests/http/operations/event_tap.hpp"
#include "tests/http/operations/own_broker.hpp"
#include "tests/http/people/farewell.hpp"
#include "tests/support/network/broker_link.hpp"

#include <fmt/format.h>

#include <future>

/// People who have left are erased on request; what the law keeps stays under a pseudonym
/// (docs/decisions/0041).
namespace musterd::testing {
namespace {

std::string reasons_in(const http_answer& answer) {
  return text_at(answer, "/details/reasons");
}

/// A letter's copy in the broker's dead-letter queue of a consumer's queue.
struct letter_copy {
  explicit letter_copy(const std::string& letter) : queue{"erasure." + letter} {
    auto to = queue + ".dlq";
    amqp_queue_declare(link, broker_link::channel, amqp_text(to), 0, 1, 0, 0, amqp_empty_table);
    link.check("no queue");
    amqp_table_entry_t header{amqp_cstring_bytes("x-letter"), {}};
    header.value.kind = AMQP_FIELD_KIND_UTF8;
    header.value.value.bytes = amqp_text(letter);
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_HEADERS_FLAG;
    properties.headers = {1, &header};
    REQUIRE(amqp_basic_publish(link, broker_link::channel, amqp_empty_bytes, amqp_text(to), 0, 0, &properties,
                               amqp_empty_bytes) == AMQP_STATUS_OK);
    REQUIRE(becomes_true(patience, [&] { return link.depth(to) == 1; }));
  }
  ~letter_copy() {
    auto name = queue + ".dlq";
    amqp_queue_delete(link, broker_link::channel, amqp_text(name), 0, 0);
  }

  std::string queue;
  broker_link link{needed_environment("MUSTERD_AMQP_URL")};
};

}  // namespace

TEST_CASE("erasure: nothing of the name is left, time records stay under the pseudonym, the event leaves") {
  farewell d;
  auto gone = d.gone();
  const auto& who = gone.who;
  REQUIRE_FALSE(d.tables_with(gone.name).empty());
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  auto answer = d.erase(who);
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  auto pseudonym = text_at(answer, "/pseudonym");
  CHECK(pseudonym == "erased-" + who.person_id);
  REQUIRE(d.is_finished(who));
  CHECK(d.tables_with(gone.name) == "");
  CHECK(
      number_of(d.server.db(), "SELECT count(*) FROM people.offboarding_case WHERE status_reason_code IS NOT "
                               "NULL AND user_id = '" +
                                   who.user_id + "'") == 0);
  for (const auto* table : {"security.refresh_token_family", "security.user_credential"})
    CHECK(number_of(d.server.db(),
                    fmt::format("SELECT count(*) FROM {} WHERE user_id = '{}'", table, who.user_id)) == 0);
  auto hours = json_of(d.admin->http.get("/api/people/employees/" + who.person_id + "/timecards?from=" +
                                         yesterday.substr(0, 10) + "&to=" + tomorrow.substr(0, 10)));
  CHECK(hours.at("items").as_array().size() == 1);
  auto shown = json_of(d.admin->http.get("/api/people/persons?search=" + pseudonym));
  REQUIRE(shown.at("items").as_array().size() == 1);
  CHECK(text_at(shown, "/items/0/firstName") == "Erased");
  CHECK(text_at(shown, "/items/0/primaryEmail") == "null");
  auto heard = tap.take(who.person_id, 1);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].type == "PersonErased");
  CHECK(heard[0].routing_key == "people.person.erased.v1");
  auto told = boost::json::serialize(heard[0].body);
  CHECK(told.find(gone.name) == std::string::npos);
  CHECK(text_at(heard[0].body, "/payload/userId") == who.user_id);
  auto noted = d.audit(who.person_id, "PERSON_ERASED");
  REQUIRE(noted.size() == 1);
  CHECK(boost::json::serialize(noted).find(gone.name) == std::string::npos);
  CHECK(text_at(noted[0], "/actor_id") == d.admin->user_id);
}

TEST_CASE("erasure: it is not complete while a letter that names somebody waits for an operator, or is in "
          "the broker") {
  farewell d;
  auto gone = d.gone();
  auto letter = to_string(uuid::generate());
  letter_copy copy{letter};
  pqxx::nontransaction{d.server.db()}.exec(fmt::format(
      "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, entity_key, "
      "routing_key, reason, error, body, body_size, attempts, first_failed_at) VALUES ('{0}', '{1}', "
      "'{4}', 'c', '{0}', '{2}', 'r', 'REFUSED', 'no {3}', '{{\"name\":\"{3}\"}}', 9, 1, now())",
      letter, demo_tenant, gone.who.user_id, gone.name, copy.queue));
  REQUIRE(d.erase(gone.who).status == 200);
  auto attempts = [&] {
    return number_of(d.server.db(), "SELECT attempts FROM people.erasure_due WHERE person_id = '" +
                                        gone.who.person_id + "'");
  };
  CHECK(becomes_true(patience, [&] { return attempts() > 0; }));
  CHECK(text_at(d.admin->http.get(d.path_of(gone.who) + "/erasure"), "/completedAt") == "null");
  auto discarded = d.admin->http.post("/api/ops/dead-letters/" + letter + "/discard",
                                      json({{"reason", "about " + gone.name}}));
  REQUIRE_MESSAGE(discarded.status < 300, discarded.body);
  pqxx::nontransaction{d.server.db()}.exec("UPDATE people.erasure_due SET due_at = now()");
  CHECK(d.is_finished(gone.who));
  CHECK(copy.link.depth(copy.queue + ".dlq") == 0);
  CHECK(d.tables_with(gone.name) == "");
}

TEST_CASE("erasure: twice is once, and the name of the account is free") {
  farewell d;
  auto gone = d.gone();
  auto first = d.erase(gone.who);
  REQUIRE(first.status == 200);
  auto second = d.erase(gone.who);
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(d.audit(gone.who.person_id, "PERSON_ERASED").size() == 1);
  auto namesake = d.person();
  namesake.username = gone.who.username;
  CHECK(d.provision(namesake).status == 201);
  check_error(d.server.sign_in(gone.who.username, first_password), 401, "INVALID_CREDENTIALS");
}

TEST_CASE("erasure: the trail says that values were erased, and is whole") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};  // nobody else disturbs this trail
  farewell d{server};
  auto gone = d.gone();
  CHECK(d.as_entered(gone.who).find("\"firstName\":\"" + gone.name + '"') != std::string::npos);
  REQUIRE(d.erase(gone.who).status == 200);
  REQUIRE(d.is_finished(gone.who));
  auto shown = d.as_entered(gone.who);
  CHECK(shown.find(gone.name) == std::string::npos);
  for (const auto* field : {"firstName", "lastName", "primaryEmail"})
    CHECK(shown.find(fmt::format(R"("{}":{{"erased":true}})", field)) != std::string::npos);
  CHECK(number_of(server.db(),
                  "SELECT count(*) FROM audit.entry e WHERE e::text LIKE '%" + gone.name + "%'") == 0);
  auto verified = d.admin->http.get("/api/audit/verification");
  CHECK_MESSAGE(text_at(verified, "/valid") == "true", verified.body);
}

TEST_CASE("Security: nothing that anybody wrote about who is erased is left in the trail, or in an export") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  farewell d{server};
  auto gone = d.hired();
  const auto& who = gone.who;
  auto about = [&](const std::string& what) { return what + ' ' + gone.name; };
  auto worker = server.signed_in(who.username, first_password);
  REQUIRE(worker->http
              .post("/api/people/me/clock-in", json({{"locationId", demo_shop}, {"notes", about("clock")}}))
              .status == 201);
  REQUIRE(worker->http
              .post("/api/people/me/breaks/start", json({{"breakType", "MEAL"}, {"notes", about("break")}}))
              .status == 201);
  REQUIRE(worker->end_break().status == 200);
  REQUIRE(worker->clock_out().status == 200);
  auto wanted = d.assignment(who.user_id, "DISPATCHER", demo_shop);
  wanted["reasonCode"] = about("given for");
  auto assignment = d.assigned(wanted);
  REQUIRE(d.end(assignment, {{"reasonCode", about("taken for")}}).status == 200);
  auto place = farewell::placement(who.person_id);
  place["changeReasonCode"] = about("moved");
  d.placed(place);
  auto refused = d.admin->http.post("/api/people/users/" + who.user_id + "/disable",
                                    json({{"statusReasonCode", about("because")}}));
  CHECK(refused.status == 400);
  d.terminate(who);
  REQUIRE(d.offboarded(who));
  auto of_case = text_of(server.db(),
                         "SELECT case_id FROM people.offboarding_case WHERE user_id = '" + who.user_id + "'");
  for (const auto& key : {who.person_id, who.user_id, of_case}) {
    auto letter = to_string(uuid::generate());
    pqxx::nontransaction{server.db()}.exec(fmt::format(
        "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, entity_key, "
        "routing_key, reason, error, body, body_size, attempts, first_failed_at) VALUES ('{0}', '{1}', "
        "'q', 'c', '{0}', '{2}', 'r', 'REFUSED', '{3}', '{{\"name\":\"{3}\"}}', 9, 1, now())",
        letter, demo_tenant, key, about("no")));
    auto discarded =
        d.admin->http.post("/api/ops/dead-letters/" + letter + "/discard", json({{"reason", about("left")}}));
    REQUIRE_MESSAGE(discarded.status < 300, discarded.body);
  }
  // Until they are erased, the texts can be read.
  auto noted = d.admin->http.get("/api/audit/entries?pageSize=100");
  for (const auto* what : {"clock", "given for", "taken for", "moved", "left"})
    CHECK_MESSAGE(noted.body.find(about(what)) != std::string::npos, what);
  auto asked = d.admin->http.post(
      "/api/audit/exports",
      json({{"format", "NDJSON"},
            {"filters", boost::json::object{{"dateFrom", yesterday}, {"dateTo", tomorrow}}}}));
  REQUIRE_MESSAGE(asked.status == 202, asked.body);
  auto exported = "/api/audit/exports/" + text_at(asked, "/exportId");
  REQUIRE(becomes_true(patience, [&] { return text_at(d.admin->http.get(exported), "/status") == "DONE"; }));
  CHECK(d.admin->http.get(exported + "/content").body.find(gone.name) != std::string::npos);

  REQUIRE_MESSAGE(d.erase(who).status == 200, d.erase(who).body);
  REQUIRE(d.is_finished(who));
  CHECK(d.tables_with(gone.name) == "");
  CHECK(d.admin->http.get("/api/audit/entries?pageSize=100").body.find(gone.name) == std::string::npos);
  auto content = d.admin->http.get(exported + "/content");
  CHECK(content.status != 200);
  CHECK(content.body.find(gone.name) == std::string::npos);
  CHECK(text_at(d.admin->http.get(exported), "/failure") ==
        "Somebody who may be in it was erased; ask for it again.");
  auto verified = d.admin->http.get("/api/audit/verification");
  CHECK_MESSAGE(text_at(verified, "/valid") == "true", verified.body);
}

TEST_CASE("erasure: every obstacle is named and nothing changes") {
  farewell d;
  auto hired = d.hired();
  auto worker = d.server.signed_in(hired.who.username, first_password);
  REQUIRE(worker->clock_in().status == 201);
  auto answer = d.erase(hired.who);
  check_error(answer, 409, "PERSON_NOT_ERASABLE");
  CHECK(reasons_in(answer) == R"(["USER_ACTIVE","EMPLOYMENT_NOT_ENDED","TIME_RUNNING"])");
  CHECK(d.admin->http.post("/api/people/users/" + hired.who.user_id + "/disable", "{}").status == 200);
  REQUIRE(d.offboarded(hired.who));
  CHECK(reasons_in(d.erase(hired.who)) == R"(["EMPLOYMENT_NOT_ENDED"])");
  CHECK(d.tables_with(hired.name) ==
        "people.person security.app_user audit.personal_value journal.idempotency_key ");
  CHECK(d.audit(hired.who.person_id, "PERSON_ERASED").empty());
  check_error(d.admin->http.get(d.path_of(hired.who) + "/erasure"), 404, "ERASURE_NOT_FOUND");
}

TEST_CASE("erasure: it waits for the offboarding case and for what the law keeps") {
  company_server server{{{"MUSTERD_RETENTION_PROFILE_HOLD_DAYS", "30"}}};  // no broker: no case is ever
                                                                           // completed
  farewell d{server};
  auto hired = d.hired();
  d.terminate(hired.who);
  CHECK(reasons_in(d.erase(hired.who)) == R"(["RETENTION_HOLDS","OFFBOARDING_CASE_OPEN"])");
}

TEST_CASE("erasure: the commit itself refuses whom something is still open of") {
  farewell d;
  auto gone = d.gone();
  auto& db = d.server.db();
  pqxx::work tx{db};
  tx.exec(
      fmt::format("INSERT INTO workexec.job_timer (tenant_id, timer_id, technician_id, work_order_id, "
                  "location_id, status, start_time, forced_stop, created_at, updated_at, version) VALUES "
                  "('{}', gen_random_uuid(), '{}', gen_random_uuid(), '{}', 'RUNNING', now(), false, now(), "
                  "now(), 1)",
                  demo_tenant, gone.who.person_id, demo_shop));
  std::string refused;
  try {
    tx.exec(
        fmt::format("INSERT INTO people.person_erasure (tenant_id, person_id, user_id, erased_at, erased_by) "
                    "VALUES ('{}', '{}', '{}', now(), '{}')",
                    demo_tenant, gone.who.person_id, gone.who.user_id, nobody));
  } catch (const pqxx::sql_error& e) {
    refused = e.what();
  }
  CHECK(refused.find("person_not_erasable") != std::string::npos);
}

TEST_CASE("erasure: another company's person is nobody, and whoever may not gets nothing") {
  farewell d;
  auto gone = d.gone();
  auto rita = d.server.signed_in("rival.owner");
  check_error(rita->http.post(d.path_of(gone.who) + "/erase", "{}"), 404, "PERSON_NOT_FOUND");
  check_error(rita->http.get(d.path_of(gone.who) + "/erasure"), 404, "ERASURE_NOT_FOUND");
  for (const auto* role : {"HR", "SECURITY_ADMIN", "AUDITOR"}) {
    auto other = d.user(true);
    d.assigned(d.assignment(other.user_id, role));
    CHECK(d.server.signed_in(other.username, first_password)
              ->http.post(d.path_of(gone.who) + "/erase", "{}")
              .status == 403);
  }
  CHECK(d.audit(gone.who.person_id, "PERSON_ERASED").empty());
}

TEST_CASE("erasure: against a new placement either is first, and never both") {
  farewell d;
  auto second = d.server.signed_in("demo.owner");
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    auto who = d.person();
    auto placing = std::async(std::launch::async, [&] {
      return second->http.post(d.path, json(d.placement(who.person_id))).status;
    });
    auto erasing = d.erase(who);
    auto placed = placing.get();
    CHECK(((erasing.status == 200 && placed == 409) || (erasing.status == 409 && placed == 201)));
    auto shown = number_of(d.server.db(), fmt::format("SELECT count(*) FROM people.location_assignment WHERE "
                                                      "person_id = '{}'",
                                                      who.person_id));
    CHECK(shown == (erasing.status == 200 ? 0 : 1));
  }
}

}  // namespace musterd::testing
