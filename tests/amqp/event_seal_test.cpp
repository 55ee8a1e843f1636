#include "messaging/event_seal.hpp"
#include "messaging/handlers/on_the_clock.hpp"
#include "messaging/handlers/user_person_linker.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

/// Exchanges that only this server publishes to: what others put there blocks nothing and has no effect.
namespace {

const event_seal seal{audit_key::generate()};

struct own_queue {
  explicit own_queue(bool upgraded = false) {
    spec.own = true;
    options.seal = seal;
    if (!upgraded)
      pqxx::nontransaction{w.db()}.exec("INSERT INTO messaging.sealed_consumer (consumer) VALUES ('" +
                                        spec.name + "')");
    auto sealing = w.relaying();
    sealing.seal = seal;
    relay.emplace(sealing, w.stats);
  }
  std::string effects() { return w.text("SELECT string_agg(number::text, ' ' ORDER BY nth) FROM effect"); }
  std::int64_t refused() {
    return w.number("SELECT count(*) FROM messaging.dead_letter WHERE reason = 'REFUSED' AND error LIKE "
                    "'NOT_SEALED%' AND state = 'OPEN'");
  }

  world w;
  recorder handler{w};
  consumer_spec spec = w.spec({10ms});
  consumer_options options = w.consuming();
  std::optional<running<outbox_relay>> relay;
  uuid key = uuid::generate();
};

}  // namespace

TEST_CASE("event seal: it is over key and body") {
  auto made = seal.of("key", "body");
  CHECK(seal.fits(made, "key", "body"));
  CHECK_FALSE(seal.fits(made, "kex", "body"));
  CHECK_FALSE(seal.fits(made, "key", "bodx"));
  CHECK_FALSE(seal.fits(made, "keyb", "ody"));
  CHECK_FALSE(seal.fits("", "key", "body"));
  CHECK_FALSE(event_seal{audit_key::generate()}.fits(made, "key", "body"));
}

TEST_CASE(
    "event seal: one forged message stops nobody's events; ours take their way, and again after a failure") {
  own_queue q;
  q.handler.fail(1, false);
  q.handler.fail(3);
  running<consumer> consumer{q.options, q.spec, q.handler, q.w.stats};
  auto forged = q.w.event(1, q.key);
  q.w.publish(forged);
  REQUIRE(eventually([&] { return q.refused() == 1; }));
  CHECK(q.w.number("SELECT count(*) FROM messaging.parked_message") == 0);
  q.w.write({q.w.event(2, q.key), q.w.event(3, q.key), q.w.event(4, q.key)});
  REQUIRE(eventually([&] { return q.w.stats.retried == 1; }));
  q.handler.heal(3);
  CHECK(eventually([&] {
    auto done = q.effects();
    if (done == "2" &&
        q.w.number("SELECT count(*) FROM messaging.dead_letter WHERE reason = 'EXHAUSTED'") == 1)
      q.w.decide(uuid::parse(q.w.text("SELECT id FROM messaging.dead_letter WHERE reason = 'EXHAUSTED' AND "
                                      "state = 'OPEN'"))
                     .value(),
                 "RETRY");
    return done == "2 3 4";
  }));
  CHECK(q.refused() == 1);
}

TEST_CASE("event seal: a seal is good for one key and one body") {
  own_queue q;
  running<consumer> consumer{q.options, q.spec, q.handler, q.w.stats};
  auto listening = q.w.collecting_queue();
  q.w.write({q.w.event(1, q.key)});
  auto heard = q.w.take(listening, 1);
  REQUIRE(heard.size() == 1);
  auto made = std::string{heard[0].headers.at("x-seal").as_string()};
  auto say = [&](const std::string& key, const std::string& body) {
    amqp_header headers[] = {{"key", key}, {"x-seal", made}};
    amqp_publication message;
    message.routing_key = q.spec.queue;
    message.body = body;
    message.headers = headers;
    q.w.broker().publish(2, message);
  };
  say(to_string(uuid::generate()), heard[0].body);
  say(to_string(q.key), q.w.event(2, q.key).body);
  say(to_string(q.key), heard[0].body);  // what the seal was made for
  REQUIRE(eventually([&] { return q.refused() == 2 && q.w.stats.duplicates == 1; }));
  CHECK(q.effects() == "1");
}

TEST_CASE("event seal: what an operator retries is vouched for") {
  own_queue q;
  running<consumer> consumer{q.options, q.spec, q.handler, q.w.stats};
  q.w.publish(q.w.event(1, q.key));
  REQUIRE(eventually([&] { return q.refused() == 1; }));
  REQUIRE(q.w.decide(uuid::parse(q.w.text("SELECT id FROM messaging.dead_letter")).value(), "RETRY") == "ok");
  CHECK(eventually([&] { return q.effects() == "1"; }));
}

TEST_CASE(
    "event seal: what was queued or failing before there were seals is handled, and nothing after the first "
    "sealed one") {
  own_queue q{true};
  q.spec.retry_delays = {2s, 10s};
  q.handler.fail(1);
  auto failing = uuid::generate();
  q.w.publish(q.w.event(1, failing));
  q.w.publish(q.w.event(2, q.key));
  {
    running<consumer> consumer{q.options, q.spec, q.handler, q.w.stats};
    REQUIRE(eventually([&] { return q.effects() == "2" && q.w.stats.retried == 1; }));
    q.w.write({q.w.event(3, q.key)});
    REQUIRE(eventually([&] { return q.effects() == "2 3"; }));
    REQUIRE(eventually([&] {
      return q.w.number("SELECT count(*) FROM messaging.sealed_consumer WHERE since > now() - "
                        "interval '1 hour' AND consumer LIKE 't%'") == 1;
    }));
  }
  q.handler.heal(1);
  running<consumer> consumer{q.options, q.spec, q.handler, q.w.stats};
  CHECK(eventually([&] { return q.effects() == "2 3 1"; }));
  CHECK(q.refused() == 0);
  q.w.publish(q.w.event(4, q.key));
  CHECK(eventually([&] { return q.refused() == 1; }));
}

TEST_CASE(
    "event seal: the consumers of our own events ask for it, from the start where there is no company yet") {
  for (const auto& spec : {on_the_clock::spec(), user_person_linker::spec()}) {
    CHECK(spec.own);
    world w;
    CHECK(w.number(fmt::format("SELECT count(*) FROM messaging.sealed_consumer WHERE consumer = '{}'",
                               spec.name)) == 1);
  }
}
