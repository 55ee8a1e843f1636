#include "messaging/handlers/financial_audit.hpp"

#include "domain/audit/financial_event.hpp"
#include "persistence/journal/journal_writer.hpp"
#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// The handler, with a journal of its own.
struct trail {
  world w;
  journal_writer journal{w.database_url()};
  financial_audit handler{[this](tenant_uuid, commit_unit unit, const financial_audit::done_fn& done) {
    const commit_unit* only = &unit;
    done(journal.commit({&only, 1}).front());
  }};

  static std::string payload(const std::string& type, timestamp when = wall_clock_now()) {
    return fmt::format(
        R"({{"eventType":"{}","occurredAt":"{}","actorId":"{}",)"
        R"("subjectType":"Order","subjectId":"{}","references":[{{"type":"order","id":"4711"}}],)"
        R"("reason":"damaged","somethingNew":1}})",
        type, to_string(when), to_string(uuid::generate()), to_string(uuid::generate()));
  }
  consumer_spec spec() {
    auto result = w.spec();
    result.ordered = financial_audit::spec().ordered;
    return result;
  }
  event_envelope event(std::string body) const {
    return {event_uuid::generate(), "AuditEventRecorded", wall_clock_now(), "pos", 1, w.tenant, "c",
            {std::move(body)}};
  }
  void publish(const event_envelope& e) { publish(e, e.event_id.value); }
  void publish(const event_envelope& e, uuid key) {
    auto message = w.event(1, key);
    message.event_id = e.event_id;
    message.event_type = e.event_type;
    message.body = to_json(e);
    w.publish(message);
  }
};

}  // namespace

TEST_CASE("financial audit: an event is in the trail once, however often it comes [G-AUD-12 D-49]") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  auto refund = t.event(trail::payload("REFUND"));
  t.publish(refund);
  auto entries = "SELECT count(*) FROM audit.entry";
  REQUIRE(eventually([&] { return t.w.number(entries) == 1; }));
  t.publish(refund);
  REQUIRE(eventually([&] { return t.w.stats.duplicates == 1; }));
  // The inbox may have forgotten it, or it may have come over HTTP: the trail itself knows.
  journal_writer other{t.w.database_url()};
  financial_audit again{[&](tenant_uuid, commit_unit unit, const financial_audit::done_fn& done) {
    const commit_unit* only = &unit;
    done(other.commit({&only, 1}).front());
  }};
  CHECK(again.forward(refund).has_value());
  CHECK(t.w.number(entries) == 1);
  CHECK(t.w.text(
            "SELECT category || ' ' || event_type || ' ' || refs[1] || ' ' || chain_seq FROM audit.entry") ==
        "FINANCIAL REFUND order:4711 1");
}

TEST_CASE("financial audit: another event under an id that is in the trail is no repetition") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  auto refund = t.event(trail::payload("REFUND"));
  t.publish(refund);
  REQUIRE(eventually([&] { return t.w.number("SELECT count(*) FROM audit.entry") == 1; }));
  auto other = refund;
  other.payload.text = trail::payload("CANCELLATION");
  std::string letters = "SELECT count(*) FROM messaging.dead_letter WHERE error LIKE '%EVENT_DIFFERS%'";
  SUBCASE("that the inbox knows") {}
  SUBCASE("that only the trail knows") {
    pqxx::nontransaction{t.w.db()}.exec("DELETE FROM messaging.inbox");
  }
  t.publish(other);
  REQUIRE(eventually([&] { return t.w.number(letters) == 1; }));
  CHECK(t.w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") == 1);
  CHECK(t.w.number(letters) == 1);
  CHECK(t.w.text("SELECT event_type FROM audit.entry") == "REFUND");
}

TEST_CASE("financial audit: an event of a type that is nobody's takes no id away from a real one") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  auto refund = t.event(trail::payload("REFUND")), thief = refund;
  thief.event_type = "Foo";
  t.publish(thief);
  REQUIRE(eventually([&] { return t.w.stats.consumed == 1; }));
  t.publish(refund);
  REQUIRE(eventually([&] { return t.w.stats.consumed + t.w.stats.duplicates == 2; }));
  CHECK(t.w.number("SELECT count(*) FROM audit.entry") == 1);
}

TEST_CASE("financial audit: one that is refused takes neither an id nor a key away from real ones") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  auto refund = t.event(trail::payload("REFUND")), thief = refund, next = t.event(trail::payload("REFUND"));
  thief.payload.text = R"({"junk":1})";
  auto key = uuid::generate();
  t.publish(thief, key);
  REQUIRE(eventually([&] { return t.w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  CHECK(t.w.text("SELECT entity_key FROM messaging.dead_letter") == to_string(key));
  t.publish(refund, key);
  t.publish(next, key);
  CHECK(eventually([&] { return t.w.number("SELECT count(*) FROM audit.entry") == 2; }));
  CHECK(t.w.number("SELECT count(*) FROM messaging.dead_letter") == 1);
}

TEST_CASE("financial audit: what a producer says of an actor is its claim") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  auto refund = t.event(trail::payload("REFUND"));
  t.publish(refund);
  REQUIRE(eventually([&] { return t.w.number("SELECT count(*) FROM audit.entry") == 1; }));
  auto claimed = boost::json::parse(refund.payload.text).at("actorId").as_string();
  CHECK(t.w.text("SELECT actor_type || ' ' || actor_id FROM audit.entry") ==
        "SYSTEM " + to_string(system_principal));
  CHECK(t.w.text(
            "SELECT (details->'claimed'->>'producer') || ' ' || (details->'claimed'->>'actorType') || ' ' || "
            "(details->'claimed'->>'actorId') FROM audit.entry") == "pos USER " + std::string{claimed});
  CHECK(t.w.number("SELECT count(*) FROM audit.entry WHERE refs @> ARRAY['claimed-actor:" +
                   std::string{claimed} + "']") == 1);
}

TEST_CASE("financial audit: events of tenants nobody knows open no chains, and become dead letters") {
  trail t;
  auto known = t.w.tenant;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  for (int i = 0; i < 20; ++i) {
    t.w.tenant = tenant_uuid::generate();
    t.publish(t.event(trail::payload("REFUND")));
  }
  t.w.tenant = known;
  t.publish(t.event(trail::payload("REFUND")));
  REQUIRE(eventually([&] {
    return t.w.number("SELECT count(*) FROM messaging.dead_letter WHERE reason = 'REFUSED' AND error LIKE "
                      "'TENANT_NOT_FOUND%'") == 20 &&
           t.w.number("SELECT count(*) FROM audit.entry") == 1;
  }));
  CHECK(t.w.number("SELECT count(*) FROM audit.chain") == 1);
}

TEST_CASE("financial audit: what is not understood goes to the dead letters and says why") {
  trail t;
  running<consumer> consumer{t.w.consuming(), t.spec(), t.handler, t.w.stats};
  t.publish(t.event(trail::payload("GIFT")));
  t.publish(t.event(R"({"eventType":"REFUND","reason":" "})"));
  t.publish(t.event(trail::payload("REFUND", parse_timestamp("9999-12-31T23:59:59Z").value())));
  REQUIRE(eventually([&] {
    return t.w.number("SELECT count(*) FROM messaging.dead_letter WHERE reason = 'REFUSED'") == 3;
  }));
  auto errors = t.w.text("SELECT string_agg(error, '; ' ORDER BY length(error)) FROM messaging.dead_letter");
  CAPTURE(errors);
  CHECK(errors.find("eventType must be one of PRICE_OVERRIDE, REFUND, CANCELLATION") != std::string::npos);
  CHECK(errors.find("references is required.") != std::string::npos);
  CHECK(errors.find("occurredAt must not be") != std::string::npos);
  CHECK(t.w.number("SELECT count(*) FROM audit.entry") == 0);
}
