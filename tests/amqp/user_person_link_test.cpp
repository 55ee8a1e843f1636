#include "tests/amqp/world.hpp"

#include "messaging/handlers/user_person_linker.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

/// S91-AC2 to S91-AC4: the people side of provisioning, with a broker.
namespace {

/// A security user whose person the people side does not know yet, and the consumer that links them.
struct provisioning_world {
  explicit provisioning_world(std::vector<std::chrono::milliseconds> delays = {10ms, 20ms, 40ms})
      : spec{w.spec(std::move(delays))} {
    // Only the people side lags behind: its person comes later.
    execute("ALTER TABLE security.app_user DROP CONSTRAINT user_person");
    add_user(user, person);
  }

  void execute(const std::string& sql) {
    pqxx::work tx{w.db()};
    tx.exec(sql);
    tx.commit();
  }
  void add_user(uuid user_id, uuid person_id) {
    execute(fmt::format("INSERT INTO security.app_user (tenant_id, user_id, person_id, username, status, "
                        "status_effective_at, created_at, updated_at, version) VALUES "
                        "('{0}', '{1}', '{2}', '{1}', 'ACTIVE', now(), now(), now(), 1)",
                        to_string(w.tenant), to_string(user_id), to_string(person_id)));
  }
  void add_person(uuid person_id) {
    execute(fmt::format("INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
                        "status_effective_at, created_at, updated_at, version) VALUES "
                        "('{}', '{}', 'Nina', 'Novak', 'ACTIVE', now(), now(), now(), 1)",
                        to_string(w.tenant), to_string(person_id)));
  }
  outgoing_event provisioned(uuid user_id, uuid person_id) const {
    request_context ctx;
    ctx.tenant = w.tenant;
    ctx.now = wall_clock_now();
    ctx.correlation_id = "hire";
    event_route route{"UserProvisioned", w.exchange(), "security.user.provisioned.v1"};
    return make_event(ctx, route, event_uuid::generate(), user_id,
                      fmt::format(R"({{"userId":"{}","personId":"{}","tenantId":"{}","correlationId":"hire",)"
                                  R"("occurredAt":"2026-01-11T14:00:00Z","eventVersion":1,"later":[]}})",
                                  to_string(user_id), to_string(person_id), to_string(w.tenant)));
  }
  std::string links() {
    return w.text("SELECT string_agg(user_id || ' ' || person_id, ';') FROM people.user_person_link");
  }
  std::string linked(uuid user_id, uuid person_id) const {
    return to_string(user_id) + ' ' + to_string(person_id);
  }
  std::int64_t open_letters() {
    return w.number("SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN'");
  }
  void retry() {
    auto id = uuid::parse(w.text("SELECT id FROM messaging.dead_letter WHERE state = 'OPEN'"));
    REQUIRE(w.decide(id.value(), "RETRY") == "ok");
  }

  world w;
  uuid user = uuid::generate(), person = uuid::generate();
  std::atomic<std::size_t> linked_times{0}, failed_times{0};
  user_person_linker linker{[this](bool well) { ++(well ? linked_times : failed_times); }};
  consumer_spec spec;
  running<consumer> consuming{w.consuming(), spec, linker, w.stats};
  running<outbox_relay> relay{w.relaying(), w.stats};
};

}  // namespace

TEST_CASE("user-person link: the consumer listens to UserProvisioned, with pauses between its attempts "
          "[S91-AC2 S91-F2]") {
  auto spec = user_person_linker::spec();
  REQUIRE(spec.bindings.size() == 1);
  CHECK(spec.bindings[0].exchange == "security.events");
  CHECK(spec.bindings[0].routing_key == "security.user.provisioned.v1");
  CHECK(spec.retry_delays.size() >= 3);
  CHECK(std::is_sorted(spec.retry_delays.begin(), spec.retry_delays.end()));
}

TEST_CASE("user-person link: an event makes the link; the same again, and another like it, change nothing "
          "[S91-AC2 S91-AC3 G-PROV-5]") {
  provisioning_world p;
  p.add_person(p.person);
  auto event = p.provisioned(p.user, p.person);
  p.w.publish(event);
  REQUIRE(eventually([&] { return p.links() == p.linked(p.user, p.person); }));
  auto row = p.w.text("SELECT l::text FROM people.user_person_link l");
  CHECK(p.w.text("SELECT event_id FROM people.user_person_link") == to_string(event.event_id));
  p.w.publish(event);
  REQUIRE(eventually([&] { return p.w.stats.duplicates == 1; }));
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return p.linked_times == 2; }));
  CHECK(p.w.text("SELECT l::text FROM people.user_person_link l") == row);
  CHECK(p.open_letters() == 0);
}

TEST_CASE("user-person link: what cannot be linked is tried again, then goes to the dead letters with an "
          "alert [S91-AC4 S91-F5 G-PROV-3]") {
  provisioning_world p;
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return p.open_letters() == 1; }));
  CHECK(p.w.stats.retried == p.spec.retry_delays.size());
  CHECK(p.failed_times >= p.spec.retry_delays.size() + 1);
  CHECK(p.links().empty());
  auto copies = p.w.take(dead_letter_queue(p.spec), 1);
  REQUIRE(copies.size() == 1);
  CHECK(copies[0].body.find(to_string(p.user)) != std::string::npos);
  CHECK(p.w.text("SELECT event_type || ' ' || entity_key || ' ' || reason FROM messaging.dead_letter") ==
        fmt::format("UserProvisioned {} EXHAUSTED", to_string(p.user)));
  CHECK(p.w.stats.alerts == 1);
  CHECK(p.w.number("SELECT count(*) FROM messaging.alert") == 1);
  // The user is unchanged.
  CHECK(p.w.text("SELECT status || ' ' || version FROM security.app_user") == "ACTIVE 1");

  // Others are not held up.
  auto other = uuid::generate(), other_person = uuid::generate();
  p.add_person(other_person);
  p.add_user(other, other_person);
  p.w.publish(p.provisioned(other, other_person));
  REQUIRE(eventually([&] { return p.links() == p.linked(other, other_person); }));
}

TEST_CASE("user-person link: an operator tries again: in vain at first, then the person is there and the "
          "link too [S91-AC4]") {
  provisioning_world p;
  auto event = p.provisioned(p.user, p.person);
  p.w.publish(event);
  REQUIRE(eventually([&] { return p.open_letters() == 1; }));
  p.retry();
  REQUIRE(eventually([&] {
    return p.w.number("SELECT count(*) FROM messaging.dead_letter") == 2 && p.open_letters() == 1;
  }));
  CHECK(p.links().empty());
  p.add_person(p.person);
  p.retry();
  REQUIRE(eventually([&] { return p.links() == p.linked(p.user, p.person); }));
  CHECK(p.open_letters() == 0);
  // Redelivered, it changes nothing.
  auto row = p.w.text("SELECT l::text FROM people.user_person_link l");
  auto duplicates = p.w.stats.duplicates.load();
  p.w.publish(event);
  REQUIRE(eventually([&] { return p.w.stats.duplicates == duplicates + 1; }));
  CHECK(p.w.text("SELECT l::text FROM people.user_person_link l") == row);
  CHECK(p.w.text("SELECT status || ' ' || version FROM security.app_user") == "ACTIVE 1");
}

TEST_CASE(
    "user-person link: a person who comes while the message waits is linked without an operator [S91-AC4]") {
  provisioning_world p{{10ms, 1s, 1s}};
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return p.failed_times > 0; }));
  p.add_person(p.person);
  CHECK(eventually([&] { return p.links() == p.linked(p.user, p.person); }));
  CHECK(p.w.number("SELECT count(*) FROM messaging.dead_letter") == 0);
}

TEST_CASE("user-person link: a person is linked to one user only; the first link stays [S91-AC3 S91-F8]") {
  provisioning_world p;
  p.add_person(p.person);
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return !p.links().empty(); }));
  auto other = uuid::generate(), other_person = uuid::generate();
  p.add_user(other, other_person);
  p.w.publish(p.provisioned(other, p.person));
  REQUIRE(eventually([&] { return p.open_letters() == 1; }));
  CHECK(p.links() == p.linked(p.user, p.person));
}

TEST_CASE(
    "user-person link: a user who is linked stays with their person; the other event is a dead letter, and "
    "does not count as linked [S91-F8 S91-F11]") {
  provisioning_world p;
  auto other_person = uuid::generate();
  p.add_person(p.person);
  p.add_person(other_person);
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return p.linked_times == 1; }));
  p.w.publish(p.provisioned(p.user, other_person));
  REQUIRE(eventually([&] { return p.open_letters() == 1; }));
  CHECK(p.links() == p.linked(p.user, p.person));
  CHECK(p.linked_times == 1);
}

TEST_CASE("user-person link: garbage goes to the dead letters at once and the queue goes on [S91-AC4]") {
  provisioning_world p;
  p.add_person(p.person);
  p.w.publish_raw("garbage");
  p.w.publish_raw(R"({"eventType":"UserProvisioned"})");
  auto halved = p.provisioned(uuid::generate(), p.person);
  halved.body.replace(halved.body.find("\"personId\""), 10, "\"pearsonId\"");
  p.w.publish(halved);
  p.w.publish(p.provisioned(p.user, p.person));
  REQUIRE(eventually([&] { return p.links() == p.linked(p.user, p.person); }));
  CHECK(eventually([&] { return p.open_letters() == 3; }));
  CHECK(p.w.stats.retried == 0);
}
