#include "common/text/uuid.hpp"
#include "common/time/time.hpp"
#include "tests/http/people/placement_desk.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

std::string cards_of(const visitor& who, const std::string& from = "2026-01-01",
                     const std::string& to = "2026-12-31") {
  return fmt::format("/api/people/employees/{}/timecards?from={}&to={}", who.person_id, from, to);
}

/// A worked day of long ago: 480 minutes in, with one break of 30.
std::string old_day(company_server& server, const visitor& who, const std::string& date,
                    const std::string& shop) {
  auto card = to_string(uuid::generate()), session = to_string(uuid::generate());
  pqxx::work tx{server.db()};
  auto tenant = "(SELECT tenant_id FROM people.tenant WHERE code = 'demo')";
  tx.exec(fmt::format("INSERT INTO people.timecard VALUES ({}, '{}', '{}', '{}', '{}', 'CLOSED', 2)", tenant,
                      card, who.person_id, shop, date));
  tx.exec(fmt::format(
      "INSERT INTO people.clock_session VALUES ({}, '{}', '{}', '{}', '{}', '{} 14:00Z', '{} 22:00Z', "
      "'CLOSED', NULL, NULL, 2)",
      tenant, session, card, who.person_id, shop, date, date));
  tx.exec(fmt::format(
      "INSERT INTO people.break_record VALUES ({}, '{}', '{}', '{}', '{}', 'MEAL', 'COMPLETED', '{} 18:00Z', "
      "'{} 18:30Z', 'MANUAL_ENDED', false, NULL, NULL, NULL, now(), now(), '{}', '{}', 2)",
      tenant, to_string(uuid::generate()), card, session, who.person_id, date, date, who.person_id,
      who.person_id));
  tx.commit();
  return card;
}

}  // namespace

TEST_CASE("timecards: of an employee in a range of days, oldest first, with minutes") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto third = old_day(server, *ann, "2025-03-03", demo_shop),
       first = old_day(server, *ann, "2025-03-01", demo_shop);
  auto manager = server.signed_in("demo.manager");
  auto list = json_of(manager->http.get(cards_of(*ann, "2025-03-01", "2025-03-03")));
  REQUIRE(list.at("items").as_array().size() == 2);
  CHECK(text_at(list, "/items/0/id") == first);
  CHECK(text_at(list, "/items/1/id") == third);
  CHECK(text_at(list, "/items/0/workedMinutes") == "450");
  CHECK(text_at(list, "/items/0/breakMinutes") == "30");
  CHECK(text_at(list, "/items/0/sessions/0/clockInAt") == "2025-03-01T14:00:00Z");
  CHECK(text_at(list, "/items/0/breaks/0/breakType") == "MEAL");
  CHECK(
      json_of(manager->http.get(cards_of(*ann, "2025-03-02", "2025-03-02"))).at("items").as_array().empty());
  CHECK(
      json_of(manager->http.get(cards_of(*ann, "2025-03-03", "2025-03-04"))).at("items").as_array().size() ==
      1);
  // The person's own, of a day that the actor does not remember.
  CHECK(text_at(ann->http.get("/api/people/me/timecard?date=2025-03-01"), "/id") == first);
  check_error(ann->http.get("/api/people/me/timecard?date=2025-03-02"), 404, "TIMECARD_NOT_FOUND");
}

TEST_CASE("timecards: a shop's manager sees the cards of that shop only") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto here = old_day(server, *ann, "2025-04-01", demo_shop),
       there = old_day(server, *ann, "2025-04-02", chicago_shop);
  auto walter = server.signed_in("walter.hayes"), irene = server.signed_in("irene.walsh");
  auto seen = [&](visitor& by) {
    std::set<std::string> ids;
    auto list = json_of(by.http.get(cards_of(*ann, "2025-04-01", "2025-04-30")));
    for (const auto& card : list.at("items").as_array())
      ids.insert(text_at(card, "/id"));
    return ids;
  };
  CHECK(seen(*walter) == std::set<std::string>{here});
  check_error(irene->http.get(cards_of(*ann, "2025-04-01", "2025-04-30")), 404, "PERSON_NOT_FOUND");
  check_error(irene->http.get("/api/people/timecards/" + there), 404, "TIMECARD_NOT_FOUND");
  placement_desk{server}.placed(placement_desk::placement(ann->person_id, chicago_shop));
  CHECK(seen(*irene) == std::set<std::string>{there});
  CHECK(walter->http.get("/api/people/timecards/" + here).status == 200);
  check_error(walter->http.get("/api/people/timecards/" + there), 404, "TIMECARD_NOT_FOUND");
  check_error(irene->http.get("/api/people/timecards/" + here), 404, "TIMECARD_NOT_FOUND");
  check_error(ann->http.get(cards_of(*ann)), 403, "ACCESS_DENIED", "Access Denied");
  check_error(ann->http.get("/api/people/timecards/" + here), 403, "ACCESS_DENIED", "Access Denied");
}

TEST_CASE("timecards: one by its id, with its version as ETag") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto manager = server.signed_in("demo.manager");
  auto id = text_at(ann->clock_in(), "/timecard/id");
  auto path = "/api/people/timecards/" + id;
  auto open = manager->http.get(path);
  REQUIRE(open.status == 200);
  CHECK(open.header("etag") == "\"1\"");
  CHECK(text_at(open, "/status") == "OPEN");
  ann->start_break();
  ann->clock_out();
  auto closed = manager->http.get(path);
  CHECK(closed.header("etag") == "\"2\"");
  CHECK(text_at(closed, "/status") == "CLOSED");
  CHECK(text_at(closed, "/version") == "2");
  CHECK(text_at(closed, "/breaks/0/autoEnded") == "true");
  // A second session of the day reopens the same card.
  CHECK(text_at(ann->clock_in(), "/timecard/id") == id);
  CHECK(manager->http.get(path).header("etag") == "\"3\"");
  CHECK(json_of(manager->http.get(path)).at("sessions").as_array().size() == 2);
  CHECK(json_of(ann->timecard()).at("sessions") == json_of(manager->http.get(path)).at("sessions"));
  auto head = manager->http.send("HEAD", path);
  CHECK(head.status == 200);
  CHECK(head.body.empty());
  CHECK(head.header("etag") == "\"3\"");
}

TEST_CASE("timecards: another tenant's are not there") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto id = text_at(ann->clock_in(), "/timecard/id");
  auto rita = server.signed_in("rival.owner");
  check_error(rita->http.get("/api/people/timecards/" + id), 404, "TIMECARD_NOT_FOUND");
  check_error(rita->http.get(cards_of(*ann)), 404, "PERSON_NOT_FOUND");
  check_error(rita->http.get("/api/people/locations/" + std::string{demo_shop} + "/on-the-clock"), 404,
              "LOCATION_NOT_FOUND");
  check_error(rita->clock_in(demo_shop), 404, "LOCATION_NOT_FOUND");
  CHECK(rita->clock_in(rival_shop).status == 201);
  check_error(
      server.signed_in("demo.manager")->http.get("/api/people/timecards/" + to_string(uuid::generate())), 404,
      "TIMECARD_NOT_FOUND");
}

}  // namespace musterd::testing
