#include "common/uuid.hpp"
#include "tests/http/event_tap.hpp"
#include "tests/http/own_broker.hpp"
#include "tests/http/placement_desk.hpp"

#include <fmt/format.h>

#include <future>

/// Whoever has left is erased on request; what the law keeps stays under a pseudonym (docs/decisions/0041).
namespace musterd::testing {
namespace {

/// Somebody with a name that is nowhere else.
struct leaver {
  newcomer who;
  std::string name = "Qwendolyn" + to_string(uuid::generate()).substr(24);
};

class farewell : public placement_desk {
 public:
  using placement_desk::placement_desk;

  leaver hired() {
    leaver result;
    auto& who = result.who;
    who.username = result.name;
    who.email = result.name + "@elsewhere.test";
    auto made = admin->http.post(
        "/api/people/persons",
        json({{"firstName", result.name}, {"lastName", "Zyx"}, {"primaryEmail", who.email}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    who.person_id = text_at(made, "/personId");
    auto user = provision(who, {{"password", first_password}, {"email", who.email}});
    REQUIRE_MESSAGE(user.status == 201, user.body);
    who.user_id = text_at(user, "/userId");
    assigned(assignment(who.user_id, "MECHANIC", demo_shop));
    return result;
  }
  /// With notes wherever somebody can leave some.
  leaver hired_and_worked() {
    auto result = hired();
    auto worker = server.signed_in(result.who.username, first_password);
    REQUIRE(worker->http.post("/api/people/me/clock-in", json({{"locationId", demo_shop}})).status == 201);
    REQUIRE(worker->start_break().status == 201);
    REQUIRE(worker->end_break().status == 200);
    REQUIRE(worker->clock_out().status == 200);
    // Through the table: not every clock asks for notes.
    pqxx::nontransaction tx{server.db()};
    tx.exec(fmt::format("UPDATE people.clock_session SET notes = 'of {0}' WHERE person_id = '{1}'; UPDATE "
                        "people.break_record SET notes = 'of {0}' WHERE mechanic_id = '{1}'",
                        result.name, result.who.person_id));
    return result;
  }
  void terminate(const newcomer& who) {
    auto answer = admin->http.post("/api/people/users/" + who.user_id + "/terminate", "{}");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
  }
  bool offboarded(const newcomer& who) {
    return becomes_true(patience, [&] {
      return number_of(server.db(),
                       fmt::format("SELECT count(*) FROM people.offboarding_case WHERE user_id = "
                                   "'{}' AND state = 'COMPLETED'",
                                   who.user_id)) == 1;
    });
  }
  leaver gone() {
    auto result = hired_and_worked();
    terminate(result.who);
    REQUIRE(offboarded(result.who));
    return result;
  }
  static std::string path_of(const newcomer& who) { return "/api/people/persons/" + who.person_id; }
  http_answer erase(const newcomer& who) { return admin->http.post(path_of(who) + "/erase", "{}"); }
  bool is_finished(const newcomer& who) {
    return becomes_true(patience, [&] {
      auto answer = admin->http.get(path_of(who) + "/erasure");
      return answer.status == 200 && text_at(answer, "/completedAt") != "null";
    });
  }
  /// What the trail shows of the entry that somebody was entered with.
  std::string as_entered(const newcomer& who) {
    auto found =
        json_of(admin->http.get("/api/audit/entries?eventType=PERSON_CREATED&subjectId=" + who.person_id));
    return boost::json::serialize(found.at("items").at(0).at("payload").at("afterState"));
  }
  /// Tables in which a text still is, of those that hold rows of people.
  std::string tables_with(const std::string& text) {
    std::string found;
    for (const auto* table : {"people.person", "security.app_user", "security.user_credential",
                              "people.clock_session", "people.break_record", "people.offboarding_history",
                              "people.offboarding_command", "security.refresh_token_family",
                              "security.session_origin", "people.person_erasure", "audit.personal_value"})
      if (number_of(server.db(),
                    fmt::format("SELECT count(*) FROM {} t WHERE t::text LIKE '%{}%'", table, text)) > 0)
        found += std::string{table} + ' ';
    return found;
  }
};

std::string reasons_in(const http_answer& answer) {
  return text_at(answer, "/details/reasons");
}

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
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};  // others make no trouble in this trail
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
  CHECK(d.tables_with(hired.name) == "people.person security.app_user audit.personal_value ");
  CHECK(d.audit(hired.who.person_id, "PERSON_ERASED").empty());
  check_error(d.admin->http.get(d.path_of(hired.who) + "/erasure"), 404, "ERASURE_NOT_FOUND");
}

TEST_CASE("erasure: it waits for the offboarding case and for what the law keeps") {
  company_server server{{{"MUSTERD_RETENTION_PROFILE_HOLD_DAYS", "30"}}};  // no broker: no case is ever done
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
  for (int round = 0; round < 12; ++round) {
    CAPTURE(round);
    auto who = d.person();
    auto second = d.server.signed_in("demo.owner");
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

TEST_CASE("erasure crash: the server dies at every step, and the erasure ends right") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  farewell d{server};
  auto restart_with = [&](const std::string& point) {
    server.process().set("MUSTERD_TESTING_CRASH_AT", point);
    server.restart();
    d.admin = server.signed_in("demo.owner");
  };
  for (const auto* point :
       {"erase_person:before-commit", "erase_person:after-commit", "finish_erasures:after-batch",
        "PersonErased:before-publish", "PersonErased:after-publish"}) {
    CAPTURE(point);
    auto gone = d.gone();
    restart_with(point);
    d.admin->http.try_send("POST", d.path_of(gone.who) + "/erase", {{}, "{}"});
    CHECK(becomes_true(patience, [&] { return !server.process().running(); }));
    restart_with("");
    CHECK(d.erase(gone.who).status == 200);
    CHECK(d.is_finished(gone.who));
    CHECK(d.tables_with(gone.name) == "");
    CHECK(d.audit(gone.who.person_id, "PERSON_ERASED").size() == 1);
    CHECK(number_of(server.db(), fmt::format("SELECT version FROM people.person WHERE person_id = '{}'",
                                             gone.who.person_id)) == 3);
  }
}

TEST_CASE("retention: profiles of leavers go by themselves when their time is over, others stay") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  farewell d{server};
  auto old = d.gone(), young = d.gone();
  auto here = d.hired();
  for (const auto* table : {"people.person", "security.app_user"})
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("UPDATE {} SET status_effective_at = now() - interval '11 days' WHERE person_id = '{}'",
                    table, old.who.person_id));
  server.process().set("MUSTERD_RETENTION_PROFILE_DAYS_AFTER_LEAVING", "10");
  server.restart();
  d.admin = server.signed_in("demo.owner");
  CHECK(d.is_finished(old.who));
  CHECK(d.tables_with(old.name) == "");
  auto noted = d.audit(old.who.person_id, "PERSON_ERASED");
  REQUIRE(noted.size() == 1);
  CHECK(text_at(noted[0], "/actor_type") == "SYSTEM");
  CHECK_FALSE(d.tables_with(young.name).empty());
  CHECK_FALSE(d.tables_with(here.name).empty());
  CHECK(metric(server.client().get("/metrics").body, "persons_erased_total") == 1);
}

TEST_CASE(
    "retention: from where sign-ins came is shown while it is kept, and goes with a note in the trail") {
  company_server server{{{"MUSTERD_RETENTION_AUDIT_ORIGIN_DAYS", "2"}}};
  farewell d{server};
  auto ann = server.new_mechanic(), ben = server.new_mechanic();
  auto address_of = [&](const visitor& who) {
    auto found =
        json_of(d.admin->http.get("/api/audit/entries?eventType=LOGIN_SUCCEEDED&subjectId=" + who.user_id));
    return text_at(found, "/items/0/clientAddress");
  };
  CHECK(address_of(*ann) == "127.0.0.1");
  pqxx::work tx{server.db()};
  tx.exec("ALTER TABLE audit.personal_value DISABLE TRIGGER USER");
  tx.exec("UPDATE audit.personal_value SET recorded_at = now() - interval '4 days' WHERE owner_id = '" +
          ann->user_id + "'");
  tx.exec("ALTER TABLE audit.personal_value ENABLE TRIGGER USER");
  tx.commit();
  server.restart();
  d.admin = server.signed_in("demo.owner");
  CHECK(becomes_true(patience, [&] { return address_of(*ann) == "null"; }));
  CHECK(address_of(*ben) == "127.0.0.1");
  CHECK(d.audit(demo_tenant, "AUDIT_ORIGINS_PURGED").size() == 1);
}

}  // namespace musterd::testing
