#include "common/known_fault.hpp"
#include "messaging/inbox/forwarding_handler.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("letter flood: what is behind it is handled, and what is kept of it is bounded") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  constexpr std::int64_t flood = 3000;
  std::string kind, body;
  SUBCASE("malformed") {
    body = std::string(60'000, '[');
  }
  SUBCASE("of no tenant we know") {
    w.tenant = tenant_uuid::generate();
    body = w.event(1, uuid::generate()).body;
    body.insert(body.size() - 1, ",\"filler\":\"" + std::string(60'000, 'x') + '"');
  }
  for (int i = 0; i < flood; ++i)
    w.publish_raw(body);
  w.tenant = tenant_uuid::generate();
  w.add_tenant();
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }, 180s));
  auto dead = [&] { return w.stats.dead_lettered[0] + w.stats.dead_lettered[2]; };
  REQUIRE(eventually([&] { return dead() == flood; }));
  CHECK(w.number("SELECT sum(octet_length(coalesce(body, '')) + octet_length(coalesce(raw_body, '')))"
                 " FROM messaging.dead_letter") <= 17 << 20);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") <= 110);
  CHECK(eventually([&] {
    return w.number("SELECT coalesce(sum((details->>'withoutAlert')::bigint), 0) FROM messaging.alert"
                    " WHERE type = 'DEAD_LETTER_FLOOD'") > 0;
  }));
  // All of it is there for the broker's operator.
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == flood; }));
}

namespace {

/// Refuses what is invalid or not known here; forwards the rest.
struct choosy final : forwarding_handler {
  outcome<forward_fn> read(const event_envelope& event) override {
    auto number = static_cast<int>(std::stoi(event.payload.text.substr(event.payload.text.find(':') + 1)));
    if (number == 0)
      return validation_failed({{"number", "number must not be 0."}});
    return forward_fn{[this, number](const done_fn& done) {
      ++asked;
      if (number == unknown)
        return done(not_found("NUMBER_NOT_FOUND", "There is no such number."));
      ++handled;
      done({});
    }};
  }
  static constexpr int unknown = 404;
  std::atomic<int> asked{0}, handled{0};
};

outgoing_event long_event(const world& w, int number, uuid key) {
  auto event = w.event(number, key);
  event.body.insert(event.body.size() - 1, ",\"filler\":\"" + std::string(60'000, 'x') + '"');
  return event;
}

}  // namespace

TEST_CASE("letter flood: of sound envelopes that are refused no more is kept than of what cannot be read") {
  world w;
  choosy handler;
  auto spec = w.spec();
  spec.ordered = false;
  spec.max_body = 1 << 20;
  constexpr std::int64_t flood = 3000;
  int number = 0;
  SUBCASE("for what they say") {}
  SUBCASE("for what is known here") {
    number = choosy::unknown;
  }
  for (int i = 0; i < flood; ++i)
    w.publish(long_event(w, number, uuid::generate()));
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return handler.handled == 1; }, 180s));
  REQUIRE(eventually([&] { return w.stats.dead_lettered[2] == flood; }));
  CHECK(w.number("SELECT count(*) FROM messaging.parked_message") == 0);
  CHECK(w.number("SELECT sum(octet_length(coalesce(body, '')) + octet_length(coalesce(raw_body, '')))"
                 " FROM messaging.dead_letter") <= 17 << 20);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") <= 110);
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == flood; }));
}

TEST_CASE("letter flood: what is refused and comes twice holds up nothing, and is one letter") {
  world w;
  choosy handler;
  auto spec = w.spec();
  spec.ordered = false;
  auto refused = w.event(choosy::unknown, uuid::generate());
  w.publish(refused);
  w.publish(refused);
  w.publish(w.event(7, uuid::generate()));
  REQUIRE(eventually([&] { return w.depth(spec.queue) == 3; }));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.dead_lettered[2] == 1 && w.stats.duplicates == 1; }));
  CHECK(w.stats.consumed == 1);
  CHECK(handler.asked == 2);
}

TEST_CASE(
    "letter flood: where order counts, refused messages block their keys as long as letters are whole") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  constexpr std::int64_t flood = 200;
  for (int i = 0; i < flood; ++i)
    w.publish(long_event(w, 1, uuid::generate()));
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }, 180s));
  REQUIRE(eventually([&] { return w.stats.dead_lettered[2] == flood; }));
  auto blocked = w.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'DEAD'");
  CHECK(blocked > 100);
  CHECK(blocked == w.number("SELECT count(*) FROM messaging.dead_letter WHERE body IS NOT NULL"));
  CHECK(w.number("SELECT sum(octet_length(body)) FROM messaging.parked_message") <= 9 << 20);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") <= 110);
}

TEST_CASE("letter flood: what waits behind a blocked key is bounded, and a letter says what lost its order") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto key = uuid::generate();
  w.publish(w.event(1, key));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.parked_message") == 1; }));
  auto letter = uuid::parse(w.text("SELECT id FROM messaging.dead_letter")).value();
  int more = 0;
  SUBCASE("of one key") {
    more = 200;
  }
  SUBCASE("of all") {
    more = 3;
    pqxx::nontransaction{w.db()}.exec(fmt::format(
        "INSERT INTO messaging.parked_message (consumer, tenant_id, entity_key, event_id, state, routing_key,"
        " body) SELECT '{}', '{}', gen_random_uuid(), gen_random_uuid(), 'DEAD', '', repeat('x', 1 << 20)"
        " FROM generate_series(1, 64)",
        spec.name, to_string(w.tenant)));
  }
  auto waiting = [&] {
    return w.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'WAITING'");
  };
  auto full = [&] {
    return w.number("SELECT count(*) FROM messaging.dead_letter WHERE error LIKE 'KEY_FULL%'");
  };
  for (int i = 0; i < more; ++i)
    w.publish(long_event(w, 2, key));
  w.publish(w.event(7, uuid::generate()));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }));
  REQUIRE(eventually([&] { return waiting() + full() == more; }));
  CHECK(full() > 0);
  CHECK(w.number(fmt::format(
            "SELECT sum(octet_length(body)) FROM messaging.parked_message WHERE entity_key = '{}'",
            to_string(key))) <= 8 << 20);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE details->>'error' LIKE 'KEY_FULL%'") == full());
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == 1 + full(); }));
  // Waiting messages already have their place.
  auto lost = full(), kept = waiting();
  REQUIRE(w.decide(letter, "DISCARD") == "ok");
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1 + kept; }));
  CHECK(full() == lost);
}
