#include "tests/http/operations/dead_letter_rows.hpp"
#include "tests/http/people/leavers.hpp"

#include <fmt/format.h>

/// Offboarding commands that were given up: dead letters like others, gone from the broker's queue once
/// decided, wherever that was.
namespace musterd::testing {
namespace {

/// A case whose command to stop the timers is dead.
struct dead_case {
  dead_case() {
    in_mood closed{s.workshop, workshop::mood::refuses};
    id = s.disabled(s.at_desk.user().user_id);
    REQUIRE(s.becomes(id, "REQUIRES_MANUAL_INTERVENTION"));
    letter = s.open_letter(id);
    REQUIRE(letter != "");
    REQUIRE(s.dead_letter_queue_shows_open_letters());
  }
  boost::json::value shown() {
    return json_of(operators.http.get(fmt::format("{}/{}", letters_path, letter)));
  }

  leavers& s = shared_leavers();
  visitor& operators = *s.at_desk.admin;
  std::string id, letter;
};

}  // namespace

TEST_CASE("dead commands: one is a dead letter with what is known of it") {
  dead_case dead;
  auto shown = dead.shown();
  CHECK(text_at(shown, "/state") == "OPEN");
  CHECK(text_at(shown, "/reason") == "EXHAUSTED");
  CHECK(text_at(shown, "/eventType") == "OffboardingCommandDead");
  CHECK(text_at(shown, "/error") == "The workshop is closed.");
  CHECK(text_at(shown, "/body/caseId") == dead.id);
  CHECK(text_at(shown, "/body/commandType") == stop_timers);
  CHECK(text_at(shown, "/body/commandId") == text_at(dead.s.command(dead.id, stop_timers), "/commandId"));
  CHECK(text_at(shown, "/attempts") == text_at(dead.s.command(dead.id, stop_timers), "/attempts"));
  // Bulk retries send messages again; a command is retried through its case, one at a time.
  auto many = dead.operators.http.post(fmt::format("{}/retry", letters_path),
                                       R"({"filter":{"queue":"people.offboarding"},"dryRun":true})");
  CHECK(text_at(many, "/total") == "0");
  auto rival = dead.s.server.signed_in("rival.owner");
  check_error(retry(*rival, dead.letter), 404, "DEAD_LETTER_NOT_FOUND");
}

TEST_CASE("dead commands: retried among the dead letters, one runs again and leaves the broker's queue") {
  dead_case dead;
  auto ask = [&](const std::string& key) {
    return dead.operators.http.send("POST", fmt::format("{}/{}/retry", letters_path, dead.letter),
                                    {{{"Idempotency-Key", key}}, "{}"});
  };
  auto first = ask("again-" + dead.letter);
  REQUIRE_MESSAGE(first.status == 200, first.body);
  CHECK(text_at(first, "/state") == "RETRIED");
  CHECK(dead.s.becomes(dead.id, "COMPLETED"));
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
  CHECK(dead.s.open_letter(dead.id) == "");
  auto repeated = ask("again-" + dead.letter);
  CHECK(repeated.body == first.body);
  CHECK(repeated.header("idempotency-replayed") == "true");
  check_error(ask("anew-" + dead.letter), 409, "DEAD_LETTER_NOT_OPEN");
  check_error(discard(dead.operators, dead.letter), 409, "DEAD_LETTER_NOT_OPEN");
  CHECK(dead.s.at_desk.audit(dead.id, "OFFBOARDING_COMMAND_RETRY_REQUESTED").size() == 1);
  auto shown = dead.shown();
  REQUIRE(shown.at("history").as_array().size() == 2);
  CHECK(text_at(shown, "/history/1/what") == "RETRIED");
  CHECK(text_at(shown, "/history/1/actor") == dead.operators.user_id);
}

TEST_CASE("dead commands: discarded among the dead letters, the risk is accepted for the reason given") {
  dead_case dead;
  auto answer = discard(dead.operators, dead.letter, "The tablet was returned.");
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  CHECK(text_at(answer, "/state") == "DISCARDED");
  CHECK(text_at(dead.s.case_of(dead.id), "/state") == "COMPLETED");
  auto command = dead.s.command(dead.id, stop_timers);
  CHECK(text_at(command, "/state") == "RISK_ACCEPTED");
  CHECK(text_at(command, "/justification") == "The tablet was returned.");
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
  CHECK(text_at(dead.shown(), "/history/1/reason") == "The tablet was returned.");
}

TEST_CASE("dead commands: what is decided at the case, or settles itself, is decided about the letter") {
  dead_case dead;
  SUBCASE("retried") {
    REQUIRE(dead.s.operate(dead.id, "retry").status == 200);
    CHECK(text_at(dead.shown(), "/state") == "RETRIED");
  }
  SUBCASE("accepted") {
    REQUIRE(dead.s.operate(dead.id, "accept-risk", {{"justification", "No need."}}).status == 200);
    CHECK(text_at(dead.shown(), "/state") == "DISCARDED");
  }
  SUBCASE("answered late") {
    dead.s.workshop.answer(dead.s.workshop.asked(dead.id).front(), true);
    CHECK(dead.s.becomes(dead.id, "COMPLETED"));
    CHECK(text_at(dead.shown(), "/history/1/reason") == "The command succeeded after all.");
  }
  CHECK(dead.s.open_letter(dead.id) == "");
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
}

TEST_CASE("dead commands: one that dies again is a new letter") {
  dead_case dead;
  in_mood closed{dead.s.workshop, workshop::mood::refuses};
  REQUIRE(retry(dead.operators, dead.letter).status == 200);
  REQUIRE(becomes_true(patience, [&] { return dead.s.open_letter(dead.id) != ""; }));
  CHECK(dead.s.open_letter(dead.id) != dead.letter);
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
  CHECK(discard(dead.operators, dead.s.open_letter(dead.id)).status == 200);
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
}

TEST_CASE("dead commands: a server that is killed between decision and queue takes the message out later") {
  dead_case dead;
  REQUIRE(discard(dead.operators, dead.letter).status == 200);
  dead.s.server.process().kill();
  dead.s.server.process().start();
  dead.s.server.process().wait_until_ready(patience);
  CHECK(dead.s.dead_letter_queue_shows_open_letters());
  CHECK(becomes_true(patience, [&] {
    return number_of(dead.s.server.db(), "SELECT count(*) FROM messaging.dead_letter_sweep") == 0;
  }));
}

}  // namespace musterd::testing
