#include "tests/http/access/way_to.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/digest.hpp"
#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <barrier>
#include <thread>

namespace musterd::testing {
namespace {

std::string new_key() {
  return to_string(uuid::generate());
}

http_answer post(http_client& http, const std::string& path, const std::string& body,
                 const std::string& key) {
  return http.send("POST", path, {{{"Idempotency-Key", key}}, body});
}

const std::string start = "/api/people/me/breaks/start", in = "/api/people/me/clock-in";
const std::string meal = R"({"breakType":"MEAL"})",
                  at_shop = fmt::format(R"({{"locationId":"{}"}})", demo_shop);

bool is_replay(const http_answer& answer) {
  return answer.header("idempotency-replayed") == "true";
}

/// The same request from several clients of one person at once.
std::vector<http_answer> all_at_once(const visitor& who, int count, const std::string& path,
                                     const http_message& message) {
  std::vector<http_answer> answers(static_cast<std::size_t>(count));
  std::barrier ready{count};
  std::vector<std::jthread> clients;
  for (auto& answer : answers)
    clients.emplace_back([&] {
      http_client http{shared_server().url(), patience};
      http.use_token(who.tokens.access);
      http.get("/health/live");  // connects before the start
      ready.arrive_and_wait();
      if (auto got = http.try_send("POST", path, message))
        answer = std::move(*got);
    });
  clients.clear();
  return answers;
}

std::int64_t rows(const char* table, const char* column, const visitor& who) {
  return number_of(shared_server().db(),
                   fmt::format("SELECT count(*) FROM {} WHERE {} = '{}'", table, column, who.person_id));
}

}  // namespace

TEST_CASE("idempotency: a repeated request gets the first answer again, and says so [D-8]") {
  auto ann = shared_server().new_mechanic();
  auto key = new_key();
  auto first = post(ann->http, in, at_shop, key);
  REQUIRE(first.status == 201);
  CHECK_FALSE(is_replay(first));
  for (int i = 0; i < 2; ++i) {
    auto again = post(ann->http, in, at_shop, key);
    CHECK(again.status == 201);
    CHECK(again.body == first.body);
    CHECK(is_replay(again));
  }
  CHECK(rows("people.clock_session", "person_id", *ann) == 1);
  auto pause_key = new_key();
  auto pause = post(ann->http, start, meal, pause_key);
  auto pause_again = post(ann->http, start, meal, pause_key);
  CHECK(pause_again.body == pause.body);
  CHECK(pause_again.header("etag") == pause.header("etag"));
}

TEST_CASE("idempotency: a repeated request that has nothing to answer says so too") {
  desk d;
  auto nina = d.user(true);
  auto path = "/api/security/users/" + nina.user_id + "/password", key = new_key();
  auto password = json({{"password", "another long password"}});
  auto first = post(d.admin->http, path, password, key), again = post(d.admin->http, path, password, key);
  CHECK(first.status == 204);
  CHECK_FALSE(is_replay(first));
  CHECK(again.status == 204);
  CHECK(again.body.empty());
  CHECK(is_replay(again));
}

TEST_CASE("idempotency: the same key with another request is refused [D-9]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto key = new_key();
  REQUIRE(post(ann->http, start, meal, key).status == 201);
  check_error(post(ann->http, start, R"({"breakType":"REST"})", key), 422, "IDEMPOTENCY_KEY_REUSED");
  check_error(post(ann->http, "/api/people/me/breaks/end", "{}", key), 422, "IDEMPOTENCY_KEY_REUSED");
  check_error(post(ann->http, in, at_shop, key), 422, "IDEMPOTENCY_KEY_REUSED");
  // The refused end of the break changed nothing.
  CHECK(ann->end_break().status == 200);
}

TEST_CASE("idempotency: keys of different users have nothing to do with each other") {
  auto ann = shared_server().new_mechanic(), ben = shared_server().new_mechanic();
  auto key = new_key();
  auto anns = post(ann->http, in, at_shop, key), bens = post(ben->http, in, at_shop, key);
  CHECK(anns.status == 201);
  CHECK(bens.status == 201);
  CHECK_FALSE(is_replay(bens));
  CHECK(text_at(bens, "/clockSession/personId") == ben->person_id);
}

TEST_CASE("idempotency: the first answer is repeated also after the state has moved on") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto key = new_key();
  auto first = post(ann->http, start, meal, key);
  ann->end_break();
  auto again = post(ann->http, start, meal, key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(is_replay(again));
  CHECK(rows("people.break_record", "mechanic_id", *ann) == 1);
  ann->clock_out();
  CHECK(post(ann->http, start, meal, key).body == first.body);
  check_error(ann->end_break(), 409, "NO_ACTIVE_BREAK");
}

TEST_CASE("idempotency: what was refused may be tried again with its key") {
  auto ann = shared_server().new_mechanic();
  auto key = new_key();
  check_error(post(ann->http, start, meal, key), 409, "NOT_CLOCKED_IN");
  ann->clock_in();
  auto now = post(ann->http, start, meal, key);
  CHECK(now.status == 201);
  CHECK_FALSE(is_replay(now));
}

TEST_CASE("idempotency: the key of a GET means nothing") {
  auto ann = shared_server().new_mechanic();
  auto key = new_key();
  post(ann->http, in, at_shop, key);
  auto card = ann->http.send("GET", "/api/people/me/timecard", {{{"Idempotency-Key", key}}, {}});
  CHECK(card.status == 200);
  CHECK_FALSE(is_replay(card));
}

TEST_CASE("idempotency: a key has at most 255 characters [D-8]") {
  auto ann = shared_server().new_mechanic();
  check_error(post(ann->http, in, at_shop, std::string(256, 'k')), 400, "VALIDATION_FAILED");
  CHECK(post(ann->http, in, at_shop, std::string(255, 'k')).status == 201);
}

TEST_CASE("idempotency: the same tap sent 2 to 10 times at once is one session with one answer") {
  for (int count = 2; count <= 10; ++count) {
    CAPTURE(count);
    auto ann = shared_server().new_mechanic();
    auto answers = all_at_once(*ann, count, in, {{{"Idempotency-Key", new_key()}}, at_shop});
    int replays = 0;
    for (const auto& answer : answers) {
      CHECK(answer.status == 201);
      CHECK(answer.body == answers.front().body);
      replays += is_replay(answer);
    }
    CHECK(replays == count - 1);
    CHECK(rows("people.clock_session", "person_id", *ann) == 1);
  }
}

TEST_CASE("race: of 50 parallel breaks/start one wins and leaves one row [S84-R1]") {
  auto ann = shared_server().new_mechanic();
  ann->clock_in();
  auto answers = all_at_once(*ann, 50, start, {{}, meal});
  int won = 0, refused = 0;
  for (const auto& answer : answers) {
    won += answer.status == 201;
    refused += answer.status == 409 && text_at(answer, "/code") == "BREAK_ALREADY_IN_PROGRESS";
  }
  CHECK(won == 1);
  CHECK(refused == 49);
  CHECK(rows("people.break_record", "mechanic_id", *ann) == 1);
  CHECK(number_of(shared_server().db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = "
                                                    "'BREAK_STARTED' AND details->>'mechanicId' = '{}'",
                                                    ann->person_id)) == 1);
}

TEST_CASE("idempotency: the first answer survives a restart of the server") {
  company_server server;
  auto ann = server.new_mechanic();
  auto key = new_key();
  auto first = post(ann->http, in, at_shop, key);
  REQUIRE(first.status == 201);
  server.restart();
  http_client http{server.url(), patience};
  http.use_token(ann->tokens.access);
  auto again = post(http, in, at_shop, key);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(is_replay(again));
}

TEST_CASE(
    "idempotency: a refusal is said in full though the lookup of a first answer met a lost connection") {
  remote_database remote;
  auto ann = remote.server.new_mechanic();
  REQUIRE(post(ann->http, in, at_shop, new_key()).status == 201);
  auto refused = post(ann->http, in, at_shop, new_key());
  REQUIRE(refused.status == 409);
  remote.database.proxy.cut();
  remote.database.proxy.mend();
  auto again = post(ann->http, in, at_shop, new_key());
  check_error(again, 409, text_at(refused, "/code"), text_at(refused, "/message"));
}

TEST_CASE("Security: what is kept of a request lets nobody guess its password") {
  auto& server = shared_server();
  desk d{server};
  auto nina = d.user(true);
  auto path = "/api/security/users/" + nina.user_id + "/password", key = new_key();
  auto password = json({{"password", "another long password"}});
  REQUIRE(post(d.admin->http, path, password, key).status == 204);
  auto kept = [&](const std::string& columns) {
    return text_of(server.db(),
                   fmt::format("SELECT {} FROM journal.idempotency_key WHERE key = '{}'", columns, key));
  };
  for (std::size_t bytes : {16, 32})
    CHECK(kept("digest") != hex_digest({"POST", path, "", password}, bytes));
  CHECK(kept("to_jsonb(idempotency_key)::text").find("another long") == std::string::npos);
  check_error(post(d.admin->http, path, json({{"password", "some other long one"}}), key), 422,
              "IDEMPOTENCY_KEY_REUSED");
  // As kept by an older server, which had no key: what cannot be compared is replayed anyway.
  pqxx::connection owner{server.database().owner_url()};
  pqxx::nontransaction{owner}.exec_params("UPDATE journal.idempotency_key SET digest = $1 WHERE key = $2",
                                          hex_digest({"POST", path, "", password}, 16), key);
  CHECK(is_replay(post(d.admin->http, path, password, key)));
}

TEST_CASE("idempotency: the first answer is repeated after a restart, and to the same request only") {
  company_server server;
  auto ann = server.new_mechanic();
  auto key = new_key();
  REQUIRE(post(ann->http, in, at_shop, key).status == 201);
  server.restart();
  CHECK(is_replay(post(ann->http, in, at_shop, key)));
  check_error(post(ann->http, start, meal, key), 422, "IDEMPOTENCY_KEY_REUSED");
}

}  // namespace musterd::testing
