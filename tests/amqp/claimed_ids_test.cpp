#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

/// Publishers choose the ids: taking one before the real event makes nothing vanish.
namespace {

struct stolen {
  stolen() {
    handler.fail(1, false);  // its key waits for an operator
  }
  /// Another event under the id of `of`.
  outgoing_event thief(const outgoing_event& of, int number, uuid key) const {
    auto event = w.event(number, key);
    auto own = to_string(event.event_id);
    event.body.replace(event.body.find(own), own.size(), to_string(of.event_id));
    event.event_id = of.event_id;
    return event;
  }
  std::string effects() { return w.text("SELECT string_agg(number::text, ' ' ORDER BY nth) FROM effect"); }
  std::int64_t parked() { return w.number("SELECT count(*) FROM messaging.parked_message"); }
  std::int64_t letters(const std::string& error) {
    return w.number(fmt::format(
        "SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN' AND error LIKE '{}%'", error));
  }
  uuid letter(const std::string& error) {
    return uuid::parse(
               w.text(fmt::format("SELECT id FROM messaging.dead_letter WHERE error LIKE '{}%'", error)))
        .value();
  }

  world w;
  recorder handler{w};
  uuid blocked = uuid::generate(), free = uuid::generate();
  running<consumer> running_consumer{w.consuming(), w.spec(), handler, w.stats};
};

}  // namespace

TEST_CASE(
    "claimed ids: another event under a handled one's id is a letter with an alert, whoever handles it") {
  stolen s;
  auto real = s.w.event(2, s.free);
  s.w.publish(s.thief(real, 3, s.free));
  REQUIRE(eventually([&] { return s.effects() == "3"; }));
  s.w.publish(real);
  REQUIRE(eventually([&] { return s.letters("EVENT_DIFFERS") == 1; }));
  CHECK(s.w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") == 1);
  CHECK(s.parked() == 0);
  s.w.publish(s.thief(real, 3, s.free));
  REQUIRE(eventually([&] { return s.w.stats.duplicates == 1; }));
  CHECK(s.effects() == "3");
}

TEST_CASE("claimed ids: one that waits behind a blocked key swallows no event of another key") {
  stolen s;
  s.w.publish(s.w.event(1, s.blocked));
  REQUIRE(eventually([&] { return s.parked() == 1; }));
  auto real = s.w.event(2, s.free);
  s.w.publish(s.thief(real, 3, s.blocked));
  REQUIRE(eventually([&] { return s.parked() == 2; }));
  SUBCASE("handled at once") {}
  SUBCASE("failing") {
    s.handler.fail(2, false);
  }
  SUBCASE("waiting, too") {
    auto first = s.w.event(1, s.free);
    s.w.publish(first);
    REQUIRE(eventually([&] { return s.parked() == 3; }));
  }
  s.w.publish(real);
  CHECK(eventually([&] { return s.letters("EVENT_DIFFERS") == 1; }));
  // The queue keeps flowing.
  s.w.publish(s.w.event(4, uuid::generate()));
  CHECK(eventually([&] { return s.effects() == "4"; }));
}

TEST_CASE("claimed ids: another event under the id of the one that blocks a key does not pass for it") {
  stolen s;
  auto real = s.w.event(2, s.blocked);
  s.w.publish(s.thief(real, 1, s.blocked));
  REQUIRE(eventually([&] { return s.parked() == 1; }));
  s.w.publish(real);
  REQUIRE(eventually([&] { return s.letters("EVENT_DIFFERS") == 1; }));
  // Deciding about one of the two decides nothing about the other.
  REQUIRE(s.w.decide(s.letter("EVENT_DIFFERS"), "DISCARD") == "ok");
  CHECK(s.parked() == 1);
  CHECK(s.w.number("SELECT count(*) FROM messaging.inbox") == 0);
  REQUIRE(s.w.decide(s.letter("NEVER"), "DISCARD") == "ok");
  CHECK(s.parked() == 0);
  s.w.publish(real);
  CHECK(eventually([&] { return s.letters("EVENT_DIFFERS") == 1; }));
}

TEST_CASE("claimed ids: of two events of one id in a batch one is handled and one is a letter") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto real = w.event(2, uuid::generate());
  auto other = real;
  auto at = other.body.find("\"number\":2");
  REQUIRE(at != std::string::npos);
  other.body.replace(at, 10, "\"number\":3");
  w.publish(real);
  w.publish(other);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }));
  CHECK(w.text("SELECT number FROM effect") == "2");
}

TEST_CASE("claimed ids: an event that waits since before digests were kept is handled when its turn comes") {
  stolen s;
  auto first = s.w.event(1, s.blocked);
  s.w.publish(first);
  s.w.publish(s.w.event(2, s.blocked));
  REQUIRE(eventually([&] { return s.parked() == 2; }));
  pqxx::nontransaction{s.w.db()}.exec("UPDATE messaging.parked_message SET content = NULL;"
                                      " UPDATE messaging.dead_letter SET content = NULL");
  s.w.publish(first);
  REQUIRE(eventually([&] { return s.w.stats.duplicates == 1; }));
  REQUIRE(s.w.decide(s.letter("NEVER"), "DISCARD") == "ok");
  CHECK(eventually([&] { return s.effects() == "2"; }));
  CHECK(s.parked() == 0);
}

TEST_CASE(
    "claimed ids: in a flood of what cannot be read a contradicted event has its letter and its alert") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  auto real = w.event(2, uuid::generate()), thief = real;
  auto at = thief.body.find("\"number\":2");
  REQUIRE(at != std::string::npos);
  thief.body.replace(at, 10, "\"number\":3");
  w.publish(thief);
  constexpr std::int64_t flood = 3300;
  for (int i = 0; i < flood; ++i)
    w.publish_raw(std::string(20'000, '['));
  w.publish(real);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto letters = [&] {
    return w.number("SELECT count(*) FROM messaging.dead_letter WHERE error LIKE 'EVENT_DIFFERS%'");
  };
  REQUIRE(
      eventually([&] { return w.stats.dead_lettered[0] == flood && w.stats.dead_lettered[2] == 1; }, 180s));
  REQUIRE(letters() == 1);
  CHECK(w.number("SELECT count(*) FROM messaging.dead_letter") <= flood);  // the rest was too much
  CHECK(w.text("SELECT body FROM messaging.dead_letter WHERE error LIKE 'EVENT_DIFFERS%'") == real.body);
  CHECK(w.number(fmt::format("SELECT count(*) FROM messaging.alert WHERE details->>'eventId' = '{}'",
                             to_string(real.event_id))) == 1);
  // Copies without a letter, which no decision touches.
  auto copies = dead_letter_queue(spec);
  REQUIRE(eventually([&] { return w.depth(copies) == flood + 1; }));
  std::int64_t nobodys = 0;
  for (const auto& copy : w.take(copies, flood + 1))
    nobodys += copy.headers.at("x-letter").as_string() == "none" ? 1 : 0;
  CHECK(nobodys == flood + 1 - w.number("SELECT count(*) FROM messaging.dead_letter"));
  CHECK(nobodys > 0);
}
