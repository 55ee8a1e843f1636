#include "tests/amqp/consumed.hpp"
#include "tests/support/colliding_json.hpp"
#include "tests/support/network/distant_database.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

std::uint64_t dead(const world& w, dead_reason reason) {
  return w.stats.dead_lettered[static_cast<std::size_t>(reason)];
}

}  // namespace

TEST_CASE("consumer: what cannot be read goes to the dead letters with its reason, a row and an alert; the "
          "queue goes on") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto good = w.event(1, uuid::generate());
  using namespace std::string_literals;
  std::vector<std::string> broken{"",
                                  "{",
                                  "[]",
                                  "\0\xff\xfe"s,
                                  R"({"eventId":"nonsense","eventType":5})",
                                  R"({"eventType":"x\u0000y"})",
                                  std::string(3000, '['),
                                  R"({"eventType":"a","eventType":"b"})",
                                  colliding_object(300)};
  for (const auto& body : broken)
    w.publish_raw(body, "bad\xff");
  w.publish_raw(std::string(300'000, 'x'));
  w.publish(good);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.consumed == 1; }));
  CHECK(dead(w, dead_reason::malformed) == broken.size());
  CHECK(dead(w, dead_reason::oversize) == 1);
  auto letters = w.take(dead_letter_queue(spec), broken.size() + 1);
  REQUIRE(letters.size() == broken.size() + 1);
  CHECK(letters[0].headers.at("x-reason").as_string() == "MALFORMED");
  CHECK(letters[1].body == "{");
  CHECK(letters.back().headers.at("x-reason").as_string() == "OVERSIZE");
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN'") ==
        static_cast<std::int64_t>(broken.size()) + 1);
  CHECK(w.text("SELECT body_size FROM messaging.dead_letter WHERE reason = 'OVERSIZE'") == "300000");
  CHECK(w.text("SELECT error FROM messaging.dead_letter WHERE raw_body = "
               "'{\"eventId\":\"nonsense\",\"eventType\":5}'")
            .find("eventId must be a UUID.") == 0);
  CHECK(w.text("SELECT error FROM messaging.dead_letter WHERE raw_body = "
               "'{\"eventType\":\"a\",\"eventType\":\"b\"}'")
            .find("eventType is given twice") == 0);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter WHERE error LIKE '%more than 256 members%'") ==
        1);
  CHECK(w.stats.alerts == broken.size() + 1);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") ==
        static_cast<std::int64_t>(broken.size()) + 1);
  CHECK(w.text("SELECT string_agg(DISTINCT routing_key, ' ') FROM messaging.outbox WHERE exchange = "
               "'ops.alerts'") == "ops.alert.warning.v1");
}

TEST_CASE("consumer: messages whose members' names collide are set aside, and the sound ones go on") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  auto colliding = colliding_object(65'536);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  for (int i = 0; i < 5; ++i) {
    w.publish_raw(colliding);
    w.publish(w.event(i, uuid::generate()));
  }
  REQUIRE(eventually([&] { return w.stats.consumed == 5 && dead(w, dead_reason::malformed) == 5; }));
  CHECK(effects(w) == "0 1 2 3 4");
}

TEST_CASE("consumer: a passing failure is tried again after growing delays; its key waits, others flow") {
  world w;
  recorder handler{w};
  auto spec = w.spec({50ms, 150ms, 400ms, 30s});
  auto blocked = uuid::generate(), free = uuid::generate();
  handler.fail(1);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto begin = std::chrono::steady_clock::now();
  for (int i = 1; i <= 4; ++i)
    w.publish(w.event(i, i % 2 ? blocked : free));
  REQUIRE(eventually([&] { return effects(w) == "2 4"; }));
  REQUIRE(eventually([&] { return w.stats.retried == 3; }));
  CHECK(std::chrono::steady_clock::now() - begin >= 200ms);
  handler.heal(1);
  REQUIRE(eventually([&] { return effects(w) == "2 4 1 3"; }));
  CHECK(parked(w) == 0);
  CHECK(w.stats.dead_lettered[3] == 0);
}

TEST_CASE("consumer: exceptions are failures too, and only the culprit of a batch fails") {
  struct thrower final : recorder {
    using recorder::recorder;
    outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override {
      if (event.payload.text.find(":13}") != std::string::npos)
        tx.exec("SELECT 1/0");
      if (event.payload.text.find(":17}") != std::string::npos)
        throw std::runtime_error{"seventeen"};
      return recorder::handle(tx, event);
    }
  };
  world w;
  thrower handler{w};
  auto spec = w.spec({10ms});
  for (int i = 0; i < 100; ++i)
    w.publish(w.event(i, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.consumed == 98 && dead(w, dead_reason::exhausted) == 2; }));
  CHECK(w.number("SELECT count(*) FROM effect") == 98);
  CHECK(w.text("SELECT string_agg(error, ' ' ORDER BY error) FROM messaging.dead_letter")
            .find("division by zero") != std::string::npos);
}

TEST_CASE("consumer: after the last attempt a message is dead; its key waits for the operator, others flow") {
  world w;
  recorder handler{w};
  auto spec = w.spec({10ms, 20ms});
  auto blocked = uuid::generate(), free = uuid::generate();
  handler.fail(1);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  for (int i = 1; i <= 6; ++i)
    w.publish(w.event(i, i % 2 ? blocked : free));
  REQUIRE(eventually([&] { return dead(w, dead_reason::exhausted) == 1; }));
  REQUIRE(eventually([&] { return effects(w) == "2 4 6"; }));
  auto letters = w.take(dead_letter_queue(spec), 1);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].headers.at("x-reason").as_string() == "EXHAUSTED");
  CHECK(w.text("SELECT attempts || ' ' || reason || ' ' || error FROM messaging.dead_letter") ==
        "3 EXHAUSTED UNAVAILABLE: not now");
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE severity = 'CRITICAL'") == 1);
  w.publish(w.event(7, blocked));
  REQUIRE(eventually([&] { return parked(w) == 4; }));
  CHECK(effects(w) == "2 4 6");
}

TEST_CASE(
    "consumer: a head that somebody has locked stops its own key only, and what follows keeps its order") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto blocked = uuid::generate(), free = uuid::generate();
  handler.fail(1, false);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  w.publish(w.event(1, blocked));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  auto letter = uuid::parse(w.text("SELECT id FROM messaging.dead_letter")).value();
  pqxx::connection another{w.database_url()};
  std::optional<pqxx::work> somebody{another};
  SUBCASE("to change it") {
    somebody->exec("SELECT FROM messaging.parked_message FOR UPDATE");
  }
  SUBCASE("to keep it as it is") {
    somebody->exec("SELECT FROM messaging.parked_message FOR KEY SHARE");
  }
  for (int i = 2; i <= 7; ++i)
    w.publish(w.event(i, i % 2 ? free : blocked));
  REQUIRE(eventually([&] { return effects(w) == "3 5 7"; }));
  CHECK(parked(w) == 1);
  somebody.reset();
  REQUIRE(eventually([&] { return parked(w) == 4; }));
  CHECK(w.decide(letter, "DISCARD") == "ok");
  CHECK(eventually([&] { return effects(w) == "3 5 7 2 4 6"; }));
  CHECK(w.stats.consumer_reconnects == 0);
  CHECK(w.depth(spec.queue) == 0);
}

TEST_CASE("consumer: of what may run from the table only that waits which somebody has locked") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto locked = uuid::generate(), free = uuid::generate();
  for (int i = 1; i <= 2; ++i)
    handler.fail(i, false);
  {
    running<consumer> first{w.consuming(), spec, handler, w.stats};
    w.publish(w.event(1, locked));
    w.publish(w.event(2, free));
    REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 2; }));
  }
  for (int i = 1; i <= 2; ++i)
    handler.heal(i);
  pqxx::nontransaction{w.db()}.exec("UPDATE messaging.parked_message SET state = 'READY'");
  pqxx::connection another{w.database_url()};
  std::optional<pqxx::work> somebody{another};
  somebody->exec(fmt::format("SELECT FROM messaging.parked_message WHERE entity_key = '{}' FOR UPDATE",
                             to_string(locked)));
  running<consumer> second{w.consuming(), spec, handler, w.stats};
  CHECK(eventually([&] { return effects(w) == "2"; }));
  somebody.reset();
  CHECK(eventually([&] { return effects(w) == "2 1"; }));
  CHECK(parked(w) == 0);
}

TEST_CASE("consumer: a refusal for good is not tried again") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  handler.fail(1, false);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  w.publish(w.event(1, uuid::generate()));
  REQUIRE(eventually([&] { return dead(w, dead_reason::refused) == 1; }));
  CHECK(w.stats.retried == 0);
  CHECK(handler.calls() == 2);  // once with its batch, once alone
}

TEST_CASE("consumer: a database that is away burns no attempts and loses nothing") {
  world w;
  recorder handler{w};
  auto spec = w.spec({10ms});
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto key = uuid::generate();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 100; ++i)
      w.publish(w.event(round * 100 + i, key));
    w.number(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE 'musterd consumer%'");
  }
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 500; }));
  CHECK(w.number("SELECT count(*) FROM (SELECT number < lag(number) OVER (ORDER BY nth) AS back FROM effect) "
                 "e WHERE back") == 0);
  CHECK(w.stats.retried == 0);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter") == 0);
}

TEST_CASE("consumer: a retry that the broker lost is taken from the table") {
  world w;
  recorder handler{w};
  auto spec = w.spec({60s});
  auto options = w.consuming();
  options.overdue = -59900ms;
  handler.fail(1);
  running<consumer> consumer{options, spec, handler, w.stats};
  w.publish(w.event(1, uuid::generate()));
  REQUIRE(eventually([&] { return w.stats.retried == 1; }));
  handler.heal(1);
  CHECK(eventually([&] { return effects(w) == "1"; }));
  CHECK(parked(w) == 0);
}

TEST_CASE("consumer: a second thread on the same object waits until the first is done") {
  world w;
  recorder handler{w};
  consumer shared{w.consuming(), w.spec(), handler, w.stats};
  std::atomic<int> returned{0};
  auto run = [&](const std::stop_token& stop) {
    shared.run(stop);
    ++returned;
  };
  auto sessions = [&] {
    return w.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
                    " application_name LIKE 'musterd consumer%'");
  };
  std::jthread first{run};
  REQUIRE(eventually([&] { return sessions() == 1; }));
  std::jthread second{run}, third{run};
  third.request_stop();
  REQUIRE(eventually([&] { return returned == 1; }));
  for (int i = 1; i <= 50; ++i)
    w.publish(w.event(i, uuid::generate()));
  REQUIRE(eventually([&] { return w.stats.consumed == 50; }));
  CHECK(sessions() == 1);
  first.request_stop();
  REQUIRE(eventually([&] { return returned == 2; }));
  w.publish(w.event(51, uuid::generate()));
  CHECK(eventually([&] { return w.stats.consumed == 51; }));
}

TEST_CASE(
    "consumer: a database that goes silent behind an idle consumer is given up; what comes is handled") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  distant_database wire;
  auto options = w.consuming();
  options.database_url = wire.url_of(w.db().dbname());
  options.silence = 300ms;
  running<consumer> consumer{options, spec, handler, w.stats};
  w.publish(w.event(1, uuid::generate()));
  REQUIRE(eventually([&] { return w.stats.consumed == 1; }));
  wire.proxy.freeze_present();
  // Nothing is in flight: it is the next poll for overdue messages that gets no answer.
  REQUIRE(eventually([&] { return w.stats.consumer_reconnects >= 1; }));
  w.publish(w.event(2, uuid::generate()));
  REQUIRE(eventually([&] { return w.stats.consumed == 2; }));
  CHECK(effects(w) == "1 2");
}
