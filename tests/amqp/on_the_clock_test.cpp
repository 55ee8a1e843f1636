#include "tests/amqp/world.hpp"

#include "messaging/handlers/on_the_clock.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

struct shop {
  std::string person = to_string(uuid::generate()), location = to_string(uuid::generate()),
              card = to_string(uuid::generate()), session = to_string(uuid::generate()),
              pause = to_string(uuid::generate());

  event_envelope event(const world& w, std::string type, std::string payload) const {
    return {event_uuid::generate(), std::move(type), wall_clock_now(), "people-service", 1, w.tenant, "c",
            {std::move(payload)}};
  }
  std::string clocking() const {
    return fmt::format(
        R"({{"clockSession":{{"id":"{}","timecardId":"{}","personId":"{}","locationId":"{}",)"
        R"("clockInAt":"2026-01-11T14:00:00Z","clockOutAt":null,"status":"OPEN","version":1,"new":[1]}},)"
        R"("timecard":{{"id":"{}"}},"later":{{}}}})",
        session, card, person, location, card);
  }
  std::string resting() const {
    return fmt::format(
        R"({{"id":"{}","timecardId":"{}","mechanicId":"{}","clockSessionId":"{}","breakType":"MEAL",)"
        R"("status":"IN_PROGRESS","startTime":"2026-01-11T15:00:00Z","endTime":null,"autoEnded":false}})",
        pause, card, person, session);
  }
};

void apply(world& w, const event_envelope& event) {
  pqxx::work tx{w.db()};
  on_the_clock projection;
  REQUIRE(projection.handle(tx, event).has_value());
  tx.commit();
}

std::string shown(world& w) {
  return w.text("SELECT string_agg(concat_ws(' ', location_id, clocked_in_at AT TIME ZONE 'UTC', break_type,"
                " break_started_at AT TIME ZONE 'UTC'), ';') FROM people.on_the_clock");
}

}  // namespace

TEST_CASE("on the clock: shows who is in and who is on a break") {
  world w;
  shop s;
  apply(w, s.event(w, "ClockedIn", s.clocking()));
  CHECK(shown(w) == s.location + " 2026-01-11 14:00:00");
  apply(w, s.event(w, "BreakStarted", s.resting()));
  CHECK(shown(w) == s.location + " 2026-01-11 14:00:00 MEAL 2026-01-11 15:00:00");
  apply(w, s.event(w, "BreakEnded", s.resting()));
  CHECK(shown(w) == s.location + " 2026-01-11 14:00:00");
  apply(w, s.event(w, "BreakStarted", s.resting()));
  apply(w, s.event(w, "BreakAutoEnded", s.resting()));
  CHECK(shown(w) == s.location + " 2026-01-11 14:00:00");
  apply(w, s.event(w, "ClockedOut", s.clocking()));
  CHECK(shown(w).empty());
  CHECK_FALSE(on_the_clock{}.takes("SomethingNew"));
}

TEST_CASE(
    "on the clock: another session's clock-out changes nothing; a payload without its fields is refused") {
  world w;
  shop s;
  apply(w, s.event(w, "ClockedIn", s.clocking()));
  auto other = s;
  other.session = to_string(uuid::generate());
  apply(w, s.event(w, "ClockedOut", other.clocking()));
  CHECK(shown(w) == s.location + " 2026-01-11 14:00:00");
  pqxx::work tx{w.db()};
  auto refused = on_the_clock{}.handle(tx, s.event(w, "ClockedIn", R"({"clockSession":{}})"));
  REQUIRE(refused.has_error());
  CHECK_FALSE(is_transient(refused.error()));
}

TEST_CASE("on the clock: from the outbox to the table") {
  world w;
  shop s;
  on_the_clock projection;
  auto spec = w.spec();
  running<consumer> consumer{w.consuming(), spec, projection, w.stats};
  running<outbox_relay> relay{w.relaying(), w.stats};
  auto event = w.event(1, uuid::parse(s.person).value());
  event.event_type = "ClockedIn";
  event.body = to_json(s.event(w, "ClockedIn", s.clocking()));
  w.write({event});
  relay->notify();
  CHECK(eventually([&] { return shown(w) == s.location + " 2026-01-11 14:00:00"; }));
}
