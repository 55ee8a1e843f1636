#include "tests/amqp/consumed.hpp"

using namespace musterd;
using namespace musterd::testing;

namespace {

/// A key whose first message is dead, with two more waiting behind it.
struct blocked_key {
  blocked_key() {
    handler.fail(1);
    for (int i = 1; i <= 3; ++i)
      w.publish(w.event(i, key));
    ready = eventually([&] {
      return w.number("SELECT count(*) FROM messaging.dead_letter") == 1 &&
             w.number("SELECT count(*) FROM messaging.parked_message") == 3;
    });
  }
  uuid letter() {
    return uuid::parse(w.text("SELECT id FROM messaging.dead_letter WHERE state = 'OPEN'")).value();
  }
  world w;
  recorder handler{w};
  uuid key = uuid::generate();
  running<consumer> running_consumer{w.consuming(), w.spec({10ms}), handler, w.stats};
  running<outbox_relay> relay{w.relaying(), w.stats};
  bool ready = false;
};

}  // namespace

TEST_CASE("dead letters: a successful retry releases what waits behind it, in order") {
  blocked_key blocked;
  auto& w = blocked.w;
  REQUIRE(blocked.ready);
  blocked.handler.heal(1);
  auto id = blocked.letter();
  REQUIRE(w.decide(id, "RETRY") == "ok");
  REQUIRE(eventually([&] { return effects(w) == "1 2 3"; }));
  CHECK(w.number("SELECT count(*) FROM messaging.parked_message") == 0);
  CHECK(w.text("SELECT state FROM messaging.dead_letter") == "RETRIED");
  CHECK(w.decide(id, "RETRY") == "DEAD_LETTER_NOT_OPEN");
  CHECK(w.decide(id, "DISCARD") == "DEAD_LETTER_NOT_OPEN");
}

TEST_CASE("dead letters: a retry that fails has all attempts again and becomes a new dead letter") {
  blocked_key blocked;
  auto& w = blocked.w;
  REQUIRE(blocked.ready);
  auto retried = w.stats.retried.load();
  auto id = blocked.letter();
  REQUIRE(w.decide(id, "RETRY") == "ok");
  REQUIRE(eventually(
      [&] { return w.number("SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN'") == 1; }));
  CHECK(w.stats.retried == retried + 1);
  CHECK(effects(w).empty());
  CHECK(w.number("SELECT count(*) FROM messaging.parked_message") == 3);
}

TEST_CASE("dead letters: discarding releases what waits, and a stray copy stays without effect") {
  blocked_key blocked;
  auto& w = blocked.w;
  REQUIRE(blocked.ready);
  blocked.handler.heal(1);
  auto copy = w.take(w.text("SELECT queue || '.dlq' FROM messaging.dead_letter"), 1);
  REQUIRE(copy.size() == 1);
  auto id = blocked.letter();
  REQUIRE(w.decide(id, "DISCARD") == "ok");
  REQUIRE(eventually([&] { return effects(w) == "2 3"; }));
  auto duplicates = w.stats.duplicates.load();
  w.publish_raw(copy[0].body);
  REQUIRE(eventually([&] { return w.stats.duplicates == duplicates + 1; }));
  CHECK(effects(w) == "2 3");
  CHECK(w.text("SELECT state FROM messaging.dead_letter") == "DISCARDED");
}

TEST_CASE("dead letters: a follower that fails blocks the rest in turn") {
  blocked_key blocked;
  auto& w = blocked.w;
  REQUIRE(blocked.ready);
  blocked.handler.fail(2);
  auto id = blocked.letter();
  REQUIRE(w.decide(id, "DISCARD") == "ok");
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 2; }));
  CHECK(effects(w).empty());
  blocked.handler.heal(2);
  auto second = blocked.letter();
  REQUIRE(w.decide(second, "RETRY") == "ok");
  CHECK(eventually([&] { return effects(w) == "2 3"; }));
}

TEST_CASE("dead letters: a malformed one can only be discarded; an unknown id is not found") {
  world w;
  recorder handler{w};
  running<consumer> consumer{w.consuming(), w.spec(), handler, w.stats};
  w.publish_raw("garbage");
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  auto id = uuid::parse(w.text("SELECT id FROM messaging.dead_letter")).value();
  CHECK(w.decide(id, "RETRY") == "DEAD_LETTER_NOT_RETRYABLE");
  CHECK(w.decide(id, "DISCARD") == "ok");
  CHECK(w.decide(uuid::generate(), "DISCARD") != "ok");
}

TEST_CASE("dead letters: what waited in a queue that had an order before flows, and its letter is retried") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  auto spec = w.spec({10ms});
  auto key = uuid::generate();
  {
    running<consumer> before{w.consuming(), spec, handler, w.stats};
    for (int i = 1; i <= 3; ++i)
      w.publish(w.event(i, key));
    REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.parked_message") == 3; }));
  }
  spec.ordered = false;
  handler.heal(1);
  running<consumer> after{w.consuming(), spec, handler, w.stats};
  running<outbox_relay> relay{w.relaying(), w.stats};
  CHECK(eventually([&] { return effects(w) == "2 3"; }));
  REQUIRE(w.decide(uuid::parse(w.text("SELECT id FROM messaging.dead_letter")).value(), "RETRY") == "ok");
  CHECK(eventually([&] { return effects(w) == "2 3 1"; }));
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.parked_message") == 0; }));
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter") == 1);
}
