#include "tests/amqp/consumed.hpp"

using namespace musterd;
using namespace musterd::testing;

/// Which events are the same: those of one tenant with one id.

TEST_CASE("consumer: each event has its effect once; repetitions are counted") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  auto key = uuid::generate();
  std::vector<outgoing_event> events;
  for (int i = 0; i < 50; ++i)
    events.push_back(w.event(i, key));
  for (int round = 0; round < 3; ++round)
    for (const auto& event : events)
      w.publish(event);
  REQUIRE(eventually([&] { return w.stats.consumed == 50 && w.stats.duplicates == 100; }));
  CHECK(w.number("SELECT count(*) FROM effect") == 50);
  CHECK(w.number("SELECT count(*) FROM (SELECT number < lag(number) OVER (ORDER BY nth) AS back FROM effect) "
                 "e WHERE back") == 0);
}

TEST_CASE("consumer: an event's id and key are its tenant's; another tenant's may be the same") {
  world w;
  recorder handler{w};
  handler.fail(1, false);
  running<consumer> consumer{w.consuming(), w.spec(), handler, w.stats};
  auto key = uuid::generate();
  auto dead = w.event(1, key), first = w.event(2, uuid::generate());
  w.publish(dead);
  w.publish(first);
  REQUIRE(eventually([&] { return effects(w) == "2" && parked(w) == 1; }));
  w.tenant = tenant_uuid::generate();
  w.add_tenant();
  auto same_id = w.event(3, uuid::generate()), same_key = w.event(4, key), both = w.event(5, key);
  auto with_id_of = [](outgoing_event event, const outgoing_event& other) {
    auto own = to_string(event.event_id);
    event.body.replace(event.body.find(own), own.size(), to_string(other.event_id));
    return event;
  };
  w.publish(with_id_of(same_id, first));
  w.publish(same_key);
  w.publish(with_id_of(both, dead));
  REQUIRE(eventually([&] { return effects(w) == "2 3 4 5"; }));
  CHECK(w.stats.duplicates == 0);
  // The dead one is still dead, and discarding it leaves the other tenant's messages alone.
  auto letter = uuid::parse(w.text("SELECT id FROM messaging.dead_letter WHERE state = 'OPEN'")).value();
  REQUIRE(w.decide(letter, "DISCARD") == "ok");
  CHECK(parked(w) == 0);
}

TEST_CASE("consumer: an event of the nil tenant is malformed, and leaves its id to whose it is") {
  world w;
  recorder handler{w};
  running<consumer> consumer{w.consuming(), w.spec(), handler, w.stats};
  auto event = w.event(1, uuid::generate());
  auto nobodys = event.body;
  auto at = nobodys.find(to_string(w.tenant));
  REQUIRE(at != std::string::npos);
  w.publish_raw(nobodys.replace(at, to_string(uuid{}).size(), to_string(uuid{})));
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  CHECK(w.text("SELECT reason || ': ' || error FROM messaging.dead_letter") ==
        "MALFORMED: tenantId must not be nil.");
  w.publish(event);
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM effect WHERE number = 1") == 1; }));
}

TEST_CASE("consumer: what was handled before ids had a tenant is not handled again") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto old = w.event(1, uuid::generate());
  {
    pqxx::work tx{w.db()};
    tx.exec_params("INSERT INTO messaging.inbox (consumer, event_id) VALUES ($1, $2)", spec.name,
                   to_string(old.event_id));
    tx.commit();
  }
  w.publish(old);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.duplicates == 1; }));
  CHECK(handler.calls() == 0);
}
