#include "tests/http/operations/dead_letter_rows.hpp"

#include <fmt/format.h>

/// Bulk retries: selected by the request, at a chosen rate, each letter at most once whatever happens.
/// Without a broker, what was retried stays in the outbox.
namespace musterd::testing {
namespace {

std::int64_t sent(company_server& at, const letter_rows& rows) {
  return number_of(
      at.db(), fmt::format("SELECT count(*) FROM messaging.outbox WHERE exchange = '' AND routing_key = '{}'",
                           rows.queue));
}

std::int64_t sent_twice(company_server& at) {
  return number_of(
      at.db(),
      "SELECT count(*) FROM (SELECT event_id FROM messaging.outbox GROUP BY event_id HAVING count(*) > 1) t");
}

std::int64_t audited(company_server& at, const std::string& type) {
  return number_of(at.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = '{}'", type));
}

}  // namespace

TEST_CASE("dead letter replay: a dry run says how many and which, and does nothing") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 25};
  add_letters(server.db(), rows);
  add_letters(server.db(), {.reason = "EXHAUSTED"});
  auto answer = who->http.post(fmt::format("{}/retry", letters_path),
                               R"({"filter":{"reason":"REFUSED","type":"TestEvent"},"dryRun":true})");
  REQUIRE(answer.status == 200);
  CHECK(text_at(answer, "/total") == "25");
  CHECK(json_of(answer).at("sample").as_array().size() == 20);
  CHECK(text_at(answer, "/sample/0/queue") == rows.queue);
  CHECK(letters_in_state(server.db(), rows.queue, "OPEN") == 25);
  std::string name(129, 'q');
  auto wordy = who->http.post(fmt::format("{}/retry", letters_path),
                              fmt::format(R"({{"filter":{{"queue":"{0}","type":"{0}"}}}})", name));
  check_error(wordy, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(wordy) == std::set<std::string>{"filter.queue", "filter.type"});
  CHECK(text_at(who->http.get(replays_path), "/totalCount") == "0");
}

TEST_CASE("dead letter replay: only what was chosen is retried, each once, and all of it is audited") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 30};
  add_letters(server.db(), rows);
  auto asked = replay(*who, rows.queue, 20);
  REQUIRE_MESSAGE(asked.status == 202, asked.body);
  CHECK(text_at(asked, "/state") == "QUEUED");
  CHECK(text_at(asked, "/total") == "30");
  CHECK(text_at(asked, "/ratePerSecond") == "20");
  CHECK(text_at(asked, "/createdBy") == who->user_id);
  // These die later, and one of the selected is decided about by hand before its turn.
  add_letters(server.db(), {.queue = rows.queue, .count = 5});
  auto last =
      text_of(server.db(), "SELECT dead_letter_id FROM messaging.dead_letter_replay_item ORDER BY 1 DESC");
  REQUIRE(discard(*who, last).status == 200);

  auto done = replay_in_state(*who, text_at(asked, "/replayId"), "DONE");
  CHECK(text_at(done, "/state") == "DONE");
  CHECK(text_at(done, "/done") == "29");
  CHECK(text_at(done, "/skipped") == "1");
  CHECK(text_at(done, "/failed") == "0");
  CHECK(has(done, "/finishedAt"));
  CHECK(text_at(done, "/filter/queue") == rows.queue);
  CHECK(letters_in_state(server.db(), rows.queue, "OPEN") == 5);
  CHECK(sent(server, rows) == 29);
  CHECK(sent_twice(server) == 0);
  CHECK(audited(server, "DEAD_LETTER_RETRIED") == 29);
  CHECK(audited(server, "DEAD_LETTER_REPLAY_REQUESTED") == 1);
  CHECK(audited(server, "DEAD_LETTER_REPLAY_FINISHED") == 1);
  CHECK(entries_without_trace(server, who->user_id) == 0);
  CHECK(text_at(server.signed_in("demo.auditor")->http.get("/api/audit/verification"), "/valid") == "true");
  CHECK(metric(server.client().get("/metrics").body, R"(dead_letter_actions_total{action="RETRY"})") == 29);
  CHECK(text_at(who->http.get(replays_path), "/items/0/replayId") == text_at(asked, "/replayId"));
  check_error(who->http.post(fmt::format("{}/{}/cancel", replays_path, text_at(asked, "/replayId")), "{}"),
              409, "DEAD_LETTER_REPLAY_FINISHED");
}

TEST_CASE("dead letter replay: what is no event counts as failed and stays open") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 4};
  add_letters(server.db(), rows);
  pqxx::nontransaction{server.db()}.exec("UPDATE messaging.dead_letter SET body = NULL, raw_body = 'x' WHERE "
                                         "id IN (SELECT id FROM messaging.dead_letter "
                                         "LIMIT 3)");
  auto asked = replay(*who, rows.queue, 5000);
  auto done = replay_in_state(*who, text_at(asked, "/replayId"), "DONE");
  CHECK(text_at(done, "/failed") == "3");
  CHECK(text_at(done, "/done") == "1");
  CHECK(letters_in_state(server.db(), rows.queue, "OPEN") == 3);
}

TEST_CASE("dead letter replay: cancelled it retries nothing any more") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 500};
  add_letters(server.db(), rows);
  auto id = text_at(replay(*who, rows.queue, 50), "/replayId");
  REQUIRE(becomes_true(patience, [&] { return sent(server, rows) >= 5; }));
  auto cancel = [&] { return who->http.post(fmt::format("{}/{}/cancel", replays_path, id), "{}"); };
  REQUIRE(cancel().status == 204);
  auto retried = sent(server, rows);
  CHECK(retried < 500);
  auto state = json_of(who->http.get(fmt::format("{}/{}", replays_path, id)));
  CHECK(text_at(state, "/state") == "CANCELLED");
  CHECK(text_at(state, "/done") == std::to_string(retried));
  CHECK(audited(server, "DEAD_LETTER_REPLAY_CANCELLED") == 1);
  check_error(cancel(), 409, "DEAD_LETTER_REPLAY_FINISHED");
  // Meanwhile another one runs to its end, and the cancelled one does not move.
  letter_rows others{.count = 20};
  add_letters(server.db(), others);
  replay_in_state(*who, text_at(replay(*who, others.queue, 100), "/replayId"), "DONE");
  CHECK(sent(server, rows) == retried);
  CHECK(letters_in_state(server.db(), rows.queue, "OPEN") == 500 - retried);
}

TEST_CASE("dead letter replay: a slow one does not hold up another") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows slow{.count = 1000}, fast{.count = 100};
  add_letters(server.db(), slow);
  add_letters(server.db(), fast);
  auto waiting = text_at(replay(*who, slow.queue, 1), "/replayId");
  CHECK(text_at(replay_in_state(*who, text_at(replay(*who, fast.queue, 1000), "/replayId"), "DONE"),
                "/done") == "100");
  CHECK(text_at(who->http.get(fmt::format("{}/{}", replays_path, waiting)), "/finishedAt") == "null");
}

TEST_CASE("dead letter replay: asked for twice with one key it is one replay") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 3};
  add_letters(server.db(), rows);
  auto ask = [&] {
    return who->http.send("POST", fmt::format("{}/retry", letters_path),
                          {{{"Idempotency-Key", "once"}}, R"({"filter":{}})"});
  };
  auto first = ask(), second = ask();
  REQUIRE(first.status == 202);
  CHECK(second.body == first.body);
  CHECK(text_at(replay_in_state(*who, text_at(first, "/replayId"), "DONE"), "/done") == "3");
  CHECK(text_at(who->http.get(replays_path), "/totalCount") == "1");
}

TEST_CASE("dead letter replay: a server killed in its middle goes on where it was, each letter once") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 600};
  add_letters(server.db(), rows);
  auto id = text_at(replay(*who, rows.queue, 200), "/replayId");
  for (int kills = 1; kills <= 3; ++kills) {
    REQUIRE(becomes_true(patience, [&] { return sent(server, rows) >= 100 * kills; }));
    server.process().kill();
    server.process().start();
    server.process().wait_until_ready(patience);
  }
  auto done = replay_in_state(*who, id, "DONE");
  CHECK(text_at(done, "/done") == "600");
  CHECK(sent(server, rows) == 600);
  CHECK(sent_twice(server) == 0);
  CHECK(audited(server, "DEAD_LETTER_RETRIED") == 600);
  CHECK(letters_in_state(server.db(), rows.queue, "RETRIED") == 600);
  CHECK(text_at(server.signed_in("demo.auditor")->http.get("/api/audit/verification"), "/valid") == "true");
}

TEST_CASE("dead letter replay: 10000 letters keep the chosen rate, and are no earlier by 5 percent") {
  company_server server;
  auto who = server.signed_in("demo.operator");
  letter_rows rows{.count = 10'000};
  add_letters(server.db(), rows);
  auto id = text_at(replay(*who, rows.queue, 1000), "/replayId");
  CHECK(text_at(replay_in_state(*who, id, "DONE"), "/done") == "10000");
  auto milliseconds = number_of(server.db(), "SELECT (1000 * extract(epoch FROM max(acted_at) - "
                                             "min(acted_at)))::bigint FROM messaging.dead_letter_action");
  CHECK(milliseconds > 9'500);
  CHECK(milliseconds < 13'000);  // a stalled machine makes it late, never early
  CHECK(sent(server, rows) == 10'000);
}

}  // namespace musterd::testing
