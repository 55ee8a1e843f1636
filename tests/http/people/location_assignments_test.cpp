#include "tests/http/operations/event_tap.hpp"
#include "tests/http/people/placement_desk.hpp"

#include <fmt/format.h>

/// Story 86, "Assign Person to Location": its acceptance criteria, over HTTP.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;
using ids = std::vector<std::string>;

std::string of(const newcomer& who) {
  return "?personId=" + who.person_id;
}

event_tap new_tap() {
  return event_tap{needed_environment("MUSTERD_AMQP_URL"), "people.events"};
}

}  // namespace

TEST_CASE("placements: a person's first and primary location [S86-AC1 S86-F5 S86-F10 S86-F12 S86-F14 D-81]") {
  placement_desk d;
  auto ann = d.person();
  auto tap = new_tap();
  auto wanted = d.placement(ann.person_id, demo_shop, true);
  wanted["changeReasonCode"] = "HIRED";
  auto made =
      d.admin->http.send("POST", d.path, {{{"X-Correlation-Id", "place-" + ann.person_id}}, json(wanted)});
  REQUIRE(made.status == 201);
  CHECK(made.header("etag") == "\"1\"");
  auto created = json_of(made);
  CHECK(text_at(created, "/demoted") == "null");
  std::set<std::string> fields;
  for (const auto& [name, unused] : created.at("assignment").as_object())
    fields.insert(std::string{name});
  CHECK(fields == std::set<std::string>{"assignmentId", "personId", "locationId", "role", "isPrimary",
                                        "effectiveStartAt", "effectiveEndAt", "createdAt", "updatedAt",
                                        "createdBy", "updatedBy", "changeReasonCode", "version"});
  CHECK(text_at(created, "/assignment/personId") == ann.person_id);
  CHECK(text_at(created, "/assignment/locationId") == demo_shop);
  CHECK(text_at(created, "/assignment/role") == "MECHANIC");
  CHECK(text_at(created, "/assignment/isPrimary") == "true");
  CHECK(text_at(created, "/assignment/effectiveStartAt") == yesterday);
  CHECK(text_at(created, "/assignment/effectiveEndAt") == "null");
  CHECK(text_at(created, "/assignment/createdBy") == d.admin->user_id);
  CHECK(text_at(created, "/assignment/updatedBy") == d.admin->user_id);
  CHECK(text_at(created, "/assignment/version") == "1");
  auto id = text_at(created, "/assignment/assignmentId");
  CHECK(text_at(stored_placement(id), "/is_primary") == "true");
  auto shown = d.shown(id);
  CHECK(shown.header("etag") == "\"1\"");
  CHECK(json_of(shown) == created.at("assignment"));
  CHECK(d.listed(of(ann)) == ids{id});

  auto messages = tap.take(ann.person_id, 1);
  REQUIRE(messages.size() == 1);
  const auto& m = messages[0];
  CHECK(m.routing_key == "people.PersonLocationAssignmentChanged.v1");
  CHECK(m.type == "PersonLocationAssignmentCreated");
  CHECK(m.correlation_id == "place-" + ann.person_id);
  CHECK(m.delivery_mode == 2);
  CHECK(text_at(m.body, "/eventId") == m.message_id);
  CHECK(text_at(m.body, "/eventType") == "PersonLocationAssignmentCreated");
  CHECK(text_at(m.body, "/producer") == "people-service");
  CHECK(text_at(m.body, "/payload/assignmentId") == id);
  CHECK(text_at(m.body, "/payload/effectiveEndAt") == "null");
  CHECK(text_at(m.body, "/payload/changeReasonCode") == "HIRED");
  CHECK(text_at(m.body, "/payload/changedBy") == d.admin->user_id);
}

TEST_CASE("placements: a second location beside the primary one [S86-AC2 S86-R1]") {
  placement_desk d;
  auto ann = d.person();
  auto first = d.placed(d.placement(ann.person_id, demo_shop, true)),
       second = d.placed(d.placement(ann.person_id, chicago_shop));
  CHECK(d.listed(of(ann)) == ids{first, second});
  CHECK(text_at(d.shown(first), "/isPrimary") == "true");
  CHECK(text_at(d.shown(first), "/effectiveEndAt") == "null");
  CHECK(text_at(d.shown(first), "/version") == "1");
  CHECK(text_at(d.shown(second), "/isPrimary") == "false");
}

TEST_CASE(
    "placements: a new primary location ends the one before it [S86-AC3 S86-R2 S86-R6 S86-R7 S86-F9 D-14]") {
  placement_desk d;
  auto ann = d.person();
  auto tap = new_tap();
  auto first = d.placement(ann.person_id, demo_shop, true);
  first["effectiveStartAt"] = "2026-01-01T00:00:00Z";
  auto old_id = d.placed(first);
  auto before = json_of(d.shown(old_id));
  auto next = d.placement(ann.person_id, chicago_shop, true);
  next["effectiveStartAt"] = "2026-06-01T00:00:00Z";
  auto made = d.place(next);
  REQUIRE(made.status == 201);
  CHECK(text_at(made, "/assignment/isPrimary") == "true");
  CHECK(text_at(made, "/demoted/assignmentId") == old_id);
  CHECK(text_at(made, "/demoted/effectiveEndAt") == "2026-05-31T23:59:59Z");
  CHECK(text_at(made, "/demoted/version") == "2");
  CHECK(json_of(d.shown(old_id)) == json_of(made).at("demoted"));
  auto new_id = text_at(made, "/assignment/assignmentId");
  CHECK(d.listed(of(ann) + "&at=2026-05-31T23:59:58Z") == ids{old_id});
  CHECK(d.listed(of(ann) + "&at=2026-06-01T00:00:00Z") == ids{new_id});
  CHECK(number_of(d.server.db(),
                  fmt::format("SELECT count(DISTINCT xmin::text) FROM people.location_assignment WHERE "
                              "person_id = '{}'",
                              ann.person_id)) == 1);  // one transaction

  auto messages = tap.take(ann.person_id, 3);
  REQUIRE(messages.size() == 3);
  CHECK(messages[1].type == (wall_clock_now() < *parse_timestamp("2026-05-31T23:59:59Z")
                                 ? "PersonLocationAssignmentUpdated"
                                 : "PersonLocationAssignmentEnded"));
  CHECK(text_at(messages[1].body, "/payload/assignmentId") == old_id);
  CHECK(text_at(messages[1].body, "/payload/effectiveEndAt") == "2026-05-31T23:59:59Z");
  CHECK(text_at(messages[1].body, "/payload/changeReasonCode") == "PRIMARY_DEMOTED");
  CHECK(messages[2].type == "PersonLocationAssignmentCreated");
  CHECK(text_at(messages[2].body, "/payload/assignmentId") == new_id);
  CHECK(messages[1].correlation_id == messages[2].correlation_id);
  auto entries = d.audit(old_id, messages[1].type);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].at("details").at("beforeState") == before);
  CHECK(entries[0].at("details").at("afterState") == json_of(made).at("demoted"));
}

TEST_CASE(
    "placements: a demotion to come is an update, and what is refused demotes nobody [S86-AC3 S86-R2 D-15]") {
  placement_desk d;
  auto ann = d.person();
  auto tap = new_tap();
  auto first = d.placed(d.placement(ann.person_id, demo_shop, true));
  auto next = d.placement(ann.person_id, chicago_shop, true);
  next["effectiveStartAt"] = tomorrow;
  auto second = d.placed(next);
  auto messages = tap.take(ann.person_id, 3);
  REQUIRE(messages.size() == 3);
  CHECK(messages[1].type == "PersonLocationAssignmentUpdated");
  CHECK(d.listed(of(ann)) == ids{first});
  // The first makes way until the second begins; a third that begins in between conflicts with the second.
  auto third = d.placement(ann.person_id, los_angeles_shop, true);
  third["effectiveStartAt"] = from_now(1h);
  auto refused = d.place(third);
  check_error(refused, 409, "PRIMARY_OVERLAP");
  CHECK(text_at(refused, "/details/assignmentId") == second);
  CHECK(text_at(d.shown(first), "/version") == "2");
  third["effectiveEndAt"] = tomorrow;
  CHECK(text_at(d.place(third), "/demoted/assignmentId") == first);
}

TEST_CASE("placements: the same role at the same shop at the same time is refused [S86-AC4 S86-R4 S86-F3 "
          "D-13 D-16]") {
  placement_desk d;
  auto ann = d.person();
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveStartAt"] = "2026-01-01T00:00:00Z";
  wanted["effectiveEndAt"] = "2026-12-31T00:00:00Z";
  auto id = d.placed(wanted);
  wanted["effectiveStartAt"] = "2026-06-01T00:00:00Z";
  wanted["effectiveEndAt"] = "2026-08-01T00:00:00Z";
  for (const auto* role : {"MECHANIC", "mechanic", " Mechanic "})
    for (bool primary : {false, true}) {
      wanted["role"] = role;
      wanted["isPrimary"] = primary;
      auto refused = d.place(wanted);
      check_error(refused, 409, "ASSIGNMENT_OVERLAP");
      CHECK(text_at(refused, "/details/assignmentId") == id);
    }
  CHECK(placements_of(ann.person_id) == 1);
  wanted["isPrimary"] = false;
  wanted["role"] = "ADVISOR";
  CHECK(d.place(wanted).status == 201);
  wanted["role"] = "MECHANIC";
  wanted["effectiveStartAt"] = "2026-12-31T00:00:00Z";
  wanted["effectiveEndAt"] = nullptr;
  CHECK(d.place(wanted).status == 201);
}

TEST_CASE("placements: at its end an assignment is not active any more [S86-AC5 S86-R3 D-13]") {
  placement_desk d;
  auto ann = d.person();
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveStartAt"] = "2026-01-01T00:00:00Z";
  wanted["effectiveEndAt"] = "2026-01-10T23:59:59Z";
  auto id = d.placed(wanted);
  CHECK(d.listed(of(ann) + "&at=2026-01-10T23:59:58.999999Z") == ids{id});
  CHECK(d.listed(of(ann) + "&at=2026-01-10T23:59:59Z").empty());
  CHECK(d.listed(of(ann) + "&at=2026-01-11T00:00:00Z").empty());
  CHECK(d.listed(of(ann) + "&at=2026-01-11T00:00:00Z&state=history") == ids{id});
}

TEST_CASE("placements: it begins and ends by the clock, without anybody's doing [S86-AC5 S86-R3]") {
  placement_desk d;
  auto ann = d.person();
  auto begin = wall_clock_now() + 1500ms;
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveStartAt"] = to_string(begin);
  wanted["effectiveEndAt"] = to_string(begin + 1500ms);
  auto id = d.placed(wanted);
  CHECK(d.listed(of(ann) + "&at=" + to_string(begin - 1us)).empty());
  CHECK(becomes_true(patience, [&] { return d.listed(of(ann)) == ids{id}; }));
  CHECK(wall_clock_now() >= begin);
  CHECK(becomes_true(patience, [&] { return d.listed(of(ann)).empty(); }));
  CHECK(wall_clock_now() >= begin + 1500ms);
  CHECK(d.listed(of(ann) + "&state=history") == ids{id});
  check_error(d.finish(id), 409, "ASSIGNMENT_ENDED");
}

TEST_CASE("placements: the end moves, on record and by event [S86-AC6 S86-F6 S86-F13 S86-R6]") {
  placement_desk d;
  auto ann = d.person();
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveEndAt"] = from_now(720h);
  auto tap = new_tap();
  auto id = d.placed(wanted);
  auto before = json_of(d.shown(id));
  auto end = from_now(24h);
  auto changed = d.change(id, {{"effectiveEndAt", end}, {"changeReasonCode", "SEASON"}, {"version", 1}});
  REQUIRE(changed.status == 200);
  CHECK(changed.header("etag") == "\"2\"");
  CHECK(text_at(changed, "/assignment/effectiveEndAt") == end);
  CHECK(text_at(changed, "/assignment/effectiveStartAt") == yesterday);
  CHECK(text_at(changed, "/assignment/version") == "2");
  CHECK(text_at(changed, "/demoted") == "null");
  CHECK(json_of(d.shown(id)) == json_of(changed).at("assignment"));

  auto messages = tap.take(ann.person_id, 2);
  REQUIRE(messages.size() == 2);
  CHECK(messages[1].type == "PersonLocationAssignmentUpdated");
  CHECK(text_at(messages[1].body, "/payload/effectiveEndAt") == end);
  CHECK(text_at(messages[1].body, "/payload/version") == "2");
  auto entries = d.audit(id, "PersonLocationAssignmentUpdated");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/category") == "PEOPLE");
  CHECK(text_at(entries[0], "/subject_type") == "PersonLocationAssignment");
  CHECK(text_at(entries[0], "/actor_id") == d.admin->user_id);
  CHECK(text_at(entries[0], "/location_id") == demo_shop);
  CHECK(text_at(entries[0], "/reason_code") == "SEASON");
  CHECK(text_at(entries[0], "/details/afterState/personId") == ann.person_id);
  CHECK(entries[0].at("details").at("beforeState") == before);
  CHECK(entries[0].at("details").at("afterState") == json_of(changed).at("assignment"));
}

TEST_CASE("placements: an end keeps the row, says so, and is history from then on [S86-F7 S86-F15 S86-R5]") {
  placement_desk d;
  auto ann = d.person();
  auto tap = new_tap();
  auto id = d.placed(d.placement(ann.person_id, demo_shop, true));
  auto ended = d.finish(id, {{"changeReasonCode", "MOVED"}});
  REQUIRE(ended.status == 200);
  CHECK(ended.header("etag") == "\"2\"");
  CHECK(text_at(ended, "/effectiveEndAt") == text_at(ended, "/updatedAt"));
  CHECK(text_at(ended, "/changeReasonCode") == "MOVED");
  CHECK(text_at(ended, "/isPrimary") == "true");
  auto messages = tap.take(ann.person_id, 2);
  REQUIRE(messages.size() == 2);
  CHECK(messages[1].type == "PersonLocationAssignmentEnded");
  CHECK(d.audit(id, "PersonLocationAssignmentEnded").size() == 1);
  CHECK(d.listed(of(ann)).empty());
  CHECK(d.listed(of(ann) + "&state=history") == ids{id});
  check_error(d.finish(id), 409, "ASSIGNMENT_ENDED");
  check_error(d.change(id, {{"effectiveEndAt", nullptr}, {"version", 2}}), 409, "ASSIGNMENT_ENDED");
  // A future end, which cannot be put off; and an assignment that never begins.
  auto later = d.placed(d.placement(ann.person_id, chicago_shop));
  CHECK(text_at(d.finish(later, {{"effectiveEndAt", tomorrow}}), "/effectiveEndAt") == tomorrow);
  CHECK(d.listed(of(ann)) == ids{later});
  auto again = d.finish(later, {{"effectiveEndAt", tomorrow}});
  CHECK(text_at(again, "/version") == "2");
  check_error(d.finish(later, {{"effectiveEndAt", from_now(48h)}}), 400, "VALIDATION_FAILED");
  auto wanted = d.placement(ann.person_id, los_angeles_shop);
  wanted["effectiveStartAt"] = tomorrow;
  CHECK(text_at(d.finish(d.placed(wanted)), "/effectiveEndAt") == tomorrow);
}

}  // namespace musterd::testing
