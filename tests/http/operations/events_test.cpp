#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "tests/http/operations/event_tap.hpp"
#include "tests/http/time/stage.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

void check_envelope(const tapped_message& m, const visitor& who, std::string_view type,
                    std::string_view routing_key) {
  CAPTURE(boost::json::serialize(m.body));
  CHECK(m.exchange == "people.events");
  CHECK(m.routing_key == routing_key);
  CHECK(m.type == type);
  CHECK(m.content_type == "application/json");
  CHECK(m.delivery_mode == 2);
  CHECK(m.headers.at("key") == who.person_id);
  CHECK(text_at(m.body, "/eventId") == m.message_id);
  auto id = uuid::parse(m.message_id);
  REQUIRE(id.has_value());
  CHECK((id->bytes[6] >> 4) == 7);
  CHECK(text_at(m.body, "/eventType") == type);
  CHECK(text_at(m.body, "/producer") == "people-service");
  CHECK(text_at(m.body, "/schemaVersion") == "1");
  CHECK(text_at(m.body, "/tenantId") == "01941f29-7c00-70f8-a46e-46305d6be9ac");
  CHECK(text_at(m.body, "/correlationId") == m.correlation_id);
  auto when = parse_timestamp(text_at(m.body, "/occurredAt"));
  REQUIRE(when.has_value());
  CHECK(std::chrono::floor<std::chrono::seconds>(*when).time_since_epoch().count() == m.timestamp);
  CHECK(m.body.as_object().size() == 8);
  CHECK(m.body.at("payload").is_object());
}

/// The projection's item for a person at the shop; nothing if it does not know them there.
std::optional<boost::json::value> on_the_clock(visitor& manager, const std::string& person) {
  for (int index = 0;; ++index) {
    auto page = json_of(manager.http.get(
        fmt::format("/api/people/locations/{}/on-the-clock?pageSize=100&pageIndex={}", demo_shop, index)));
    for (const auto& item : page.at("items").as_array())
      if (text_at(item, "/personId") == person)
        return item;
    if (page.at("items").as_array().size() < 100)
      return std::nullopt;
  }
}

}  // namespace

TEST_CASE("events: a day at work arrives at the broker, in order, as the envelope says [S84-AC6 D-7 D-38 "
          "D-76 D-77 D-83]") {
  auto ann = shared_server().new_mechanic();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  auto in = ann->http.send("POST", "/api/people/me/clock-in",
                           {{{"X-Correlation-Id", "day-" + ann->person_id},
                             {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}},
                            fmt::format(R"({{"locationId":"{}"}})", demo_shop)});
  auto first = ann->start_break("MEAL");
  ann->end_break();
  auto second = ann->start_break("REST");
  auto out = ann->clock_out();
  REQUIRE(out.status == 200);

  auto messages = tap.take(ann->person_id, 6);
  REQUIRE(messages.size() == 6);
  check_envelope(messages[0], *ann, "ClockedIn", "people.timecard.clocked_in.v1");
  check_envelope(messages[1], *ann, "BreakStarted", "people.break.started.v1");
  check_envelope(messages[2], *ann, "BreakEnded", "people.break.ended.v1");
  check_envelope(messages[3], *ann, "BreakStarted", "people.break.started.v1");
  // Both happen in one step; the break ends with the clock-out.
  const auto& ended = messages[4].type == "BreakAutoEnded" ? messages[4] : messages[5];
  const auto& left = messages[4].type == "BreakAutoEnded" ? messages[5] : messages[4];
  check_envelope(ended, *ann, "BreakAutoEnded", "people.break.auto_ended.v1");
  check_envelope(left, *ann, "ClockedOut", "people.timecard.clocked_out.v1");

  CHECK(messages[0].correlation_id == "day-" + ann->person_id);
  CHECK(messages[0].headers["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  CHECK(messages[0].body.at("payload") == json_of(in));
  CHECK(messages[1].body.at("payload") == json_of(first));
  CHECK(text_at(messages[2].body, "/payload/id") == text_at(first, "/id"));
  CHECK(text_at(messages[3].body, "/payload/id") == text_at(second, "/id"));
  CHECK(ended.body.at("payload") == json_of(out).at("autoEndedBreak"));
  // S84-AC6.
  CHECK(text_at(ended.body, "/payload/triggerEventId") == left.message_id);
  CHECK(text_at(left.body, "/payload/clockSession/status") == "CLOSED");
}

TEST_CASE("events: what was refused publishes nothing") {
  auto ann = shared_server().new_mechanic();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
  ann->start_break();
  ann->end_break();
  ann->clock_out();
  ann->clock_in("01941f29-7c00-7000-8000-000000000001");
  ann->clock_in();
  auto messages = tap.take(ann->person_id, 1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].type == "ClockedIn");
}

TEST_CASE("on-the-clock: the projection follows clock-ins, breaks and clock-outs") {
  auto ann = shared_server().new_mechanic();
  auto walter = shared_server().signed_in("walter.hayes");
  auto in = ann->clock_in();
  REQUIRE(becomes_true(patience, [&] { return on_the_clock(*walter, ann->person_id).has_value(); }));
  auto seen = *on_the_clock(*walter, ann->person_id);
  CHECK(text_at(seen, "/clockedInAt") == text_at(in, "/clockSession/clockInAt"));
  CHECK(text_at(seen, "/onBreak") == "false");
  CHECK(text_at(seen, "/firstName") == "Test");
  CHECK(text_at(seen, "/breakType") == "null");

  auto pause = ann->start_break("REST");
  CHECK(becomes_true(patience,
                     [&] { return text_at(*on_the_clock(*walter, ann->person_id), "/onBreak") == "true"; }));
  seen = *on_the_clock(*walter, ann->person_id);
  CHECK(text_at(seen, "/breakType") == "REST");
  CHECK(text_at(seen, "/breakStartedAt") == text_at(pause, "/startTime"));

  ann->end_break();
  CHECK(becomes_true(patience,
                     [&] { return text_at(*on_the_clock(*walter, ann->person_id), "/onBreak") == "false"; }));
  ann->start_break("MEAL");
  ann->clock_out();
  CHECK(becomes_true(patience, [&] { return !on_the_clock(*walter, ann->person_id); }));
}

TEST_CASE("on-the-clock: only for who may look at the shop") {
  auto& server = shared_server();
  auto path = [](const std::string& shop) { return "/api/people/locations/" + shop + "/on-the-clock"; };
  check_error(server.new_mechanic()->http.get(path(demo_shop)), 403, "ACCESS_DENIED", "Access Denied");
  auto irene = server.signed_in("irene.walsh");
  check_error(irene->http.get(path(demo_shop)), 403, "ACCESS_DENIED", "Access Denied");
  CHECK(irene->http.get(path(chicago_shop)).status == 200);
  check_error(irene->http.get(path(rival_shop)), 404, "LOCATION_NOT_FOUND");
  check_error(irene->http.get(path("nowhere")), 400, "VALIDATION_FAILED");
  CHECK(server.signed_in("demo.manager")->http.get(path(demo_shop)).status == 200);
}

TEST_CASE("locations: the shops of one's roles, in pages") {
  auto& server = shared_server();
  auto all = json_of(server.signed_in("demo.manager")->http.get("/api/people/locations"));
  CHECK(text_at(all, "/totalCount") == "3");
  CHECK(text_at(all, "/pageIndex") == "0");
  CHECK(text_at(all, "/pageSize") == "20");
  REQUIRE(all.at("items").as_array().size() == 3);
  CHECK(text_at(all, "/items/0/code") == "CHI");
  CHECK(text_at(all, "/items/1/timezone") == "America/Los_Angeles");
  CHECK(text_at(all, "/items/2/locationId") == demo_shop);
  CHECK(text_at(all, "/items/2/status") == "ACTIVE");
  auto manager = server.signed_in("demo.manager");
  auto last = json_of(manager->http.get("/api/people/locations?pageIndex=1&pageSize=2"));
  CHECK(last.at("items").as_array().size() == 1);
  CHECK(text_at(last, "/totalCount") == "3");
  auto behind = json_of(manager->http.get("/api/people/locations?pageIndex=9&pageSize=2"));
  CHECK(behind.at("items").as_array().empty());
  CHECK(text_at(behind, "/totalCount") == "3");
  auto refused = manager->http.get("/api/people/locations?pageIndex=-1&pageSize=101&colour=red");
  check_error(refused, 400, "VALIDATION_FAILED");
  auto own = json_of(server.new_mechanic()->http.get("/api/people/locations"));
  CHECK(text_at(own, "/totalCount") == "1");
  CHECK(text_at(own, "/items/0/code") == "NYC");
}

}  // namespace musterd::testing
