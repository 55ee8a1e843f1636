#pragma once

#include "common/text/uuid.hpp"
#include "tests/http/people/placement_desk.hpp"

#include <fmt/format.h>

namespace musterd::testing {

/// A person whose name occurs nowhere else.
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
    auto person = json({{"firstName", result.name}, {"lastName", "Zyx"}, {"primaryEmail", who.email}});
    auto made = admin->http.send("POST", "/api/people/persons", {{{"Idempotency-Key", result.name}}, person});
    REQUIRE_MESSAGE(made.status == 201, made.body);
    who.person_id = text_at(made, "/personId");
    auto user = provision(who, {{"password", first_password}, {"email", who.email}});
    REQUIRE_MESSAGE(user.status == 201, user.body);
    who.user_id = text_at(user, "/userId");
    assigned(assignment(who.user_id, "MECHANIC", demo_shop));
    return result;
  }
  /// With notes on what takes notes.
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
    auto answer = admin->http.post("/api/people/users/" + who.user_id + "/terminate",
                                   json({{"statusReasonCode", "RETIREMENT"}}));
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
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("UPDATE people.role_assignment SET reason_code = 'of {}' WHERE user_id = '{}'",
                    result.name, result.who.user_id));
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
  /// What the trail shows of the person's creation.
  std::string as_entered(const newcomer& who) {
    auto found =
        json_of(admin->http.get("/api/audit/entries?eventType=PERSON_CREATED&subjectId=" + who.person_id));
    return boost::json::serialize(found.at("items").at(0).at("payload").at("afterState"));
  }
  /// Which tables, of those with rows of people, still contain a text.
  std::string tables_with(const std::string& text) {
    std::string found;
    for (const auto* table : {"people.person",
                              "security.app_user",
                              "security.user_credential",
                              "people.clock_session",
                              "people.break_record",
                              "people.offboarding_history",
                              "people.offboarding_command",
                              "security.refresh_token_family",
                              "security.session_origin",
                              "people.person_erasure",
                              "audit.personal_value",
                              "people.offboarding_case",
                              "people.role_assignment",
                              "people.location_assignment",
                              "messaging.dead_letter",
                              "messaging.dead_letter_action",
                              "messaging.parked_message",
                              "messaging.outbox",
                              "messaging.outbox_held",
                              "messaging.alert",
                              "audit.entry",
                              "journal.idempotency_key"})
      if (number_of(server.db(),
                    fmt::format("SELECT count(*) FROM {} t WHERE t::text LIKE '%{}%'", table, text)) > 0)
        found += std::string{table} + ' ';
    return found;
  }
};

}  // namespace musterd::testing
