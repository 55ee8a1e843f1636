#include "tests/http/people/placement_desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <barrier>
#include <thread>

/// Story 86: its error flows, what never changes, and who wins.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;
using fields = std::set<std::string>;

/// All post at once, each on a connection of its own; how many got which answer.
std::map<std::string, int> all_at_once(placement_desk& d, const std::vector<boost::json::object>& wanted) {
  std::vector<std::string> results(wanted.size());
  std::barrier ready{static_cast<std::ptrdiff_t>(wanted.size())};
  {
    std::vector<std::jthread> clients;
    clients.reserve(wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      clients.emplace_back([&, i] {
        http_client http{d.server.url(), patience};
        http.use_token(d.admin->tokens.access);
        http.get("/health/live");  // connects before the start
        ready.arrive_and_wait();
        auto answer = http.post(d.path, json(wanted[i]));
        results[i] = answer.status == 201 ? "created" : text_at(answer, "/code");
      });
  }
  std::map<std::string, int> counted;
  for (const auto& r : results)
    ++counted[r];
  return counted;
}

using counts = std::map<std::string, int>;

}  // namespace

TEST_CASE(
    "placements: unknown persons and shops are 404; so are another company's, and closed shops [S86-F1]") {
  placement_desk d;
  auto ann = d.person();
  check_error(d.place(d.placement(nobody)), 404, "PERSON_NOT_FOUND", "Person not found.");
  check_error(d.place(d.placement(ann.person_id, nobody)), 404, "LOCATION_NOT_FOUND");
  check_error(d.place(d.placement(ann.person_id, rival_shop)), 404, "LOCATION_NOT_FOUND");
  auto shops = std::string{"/api/people/locations"};
  auto code = "X" + to_string(uuid::generate()).substr(24, 9);
  auto made =
      d.admin->http.post(shops, json({{"code", code}, {"name", "Closing"}, {"timezone", "America/Chicago"}}));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  auto closing = text_at(made, "/locationId");
  auto id = d.placed(d.placement(ann.person_id, closing));
  REQUIRE(d.admin->http.send("PATCH", shops + "/" + closing, body({{"status", "INACTIVE"}, {"version", 1}}))
              .status == 200);
  auto wanted = d.placement(ann.person_id, closing);
  wanted["role"] = "ADVISOR";
  check_error(d.place(wanted), 404, "LOCATION_NOT_FOUND");
  CHECK(d.finish(id).status == 200);

  for (const auto& unknown : {std::string{nobody}, to_string(uuid::generate())}) {
    check_error(d.shown(unknown), 404, "ASSIGNMENT_NOT_FOUND");
    check_error(d.change(unknown, {{"isPrimary", true}, {"version", 1}}), 404, "ASSIGNMENT_NOT_FOUND");
    check_error(d.finish(unknown), 404, "ASSIGNMENT_NOT_FOUND");
  }
  auto ours = d.placed(d.placement(ann.person_id));
  auto rita = d.server.signed_in("rival.owner");
  check_error(rita->http.get(d.path + "/" + ours), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(rita->http.post(d.path + "/" + ours + "/end", "{}"), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(rita->http.send("PATCH", d.path + "/" + ours, body({{"isPrimary", true}, {"version", 1}})), 404,
              "ASSIGNMENT_NOT_FOUND");
  check_error(rita->http.post(d.path, json(d.placement(ann.person_id, rival_shop))), 404, "PERSON_NOT_FOUND");
  check_error(rita->http.get(d.path + "?state=all&personId=" + ann.person_id), 404, "PERSON_NOT_FOUND");
  CHECK(text_at(d.shown(ours), "/version") == "1");
}

TEST_CASE("placements: who is not active is placed nowhere [D-23]") {
  placement_desk d;
  auto person = to_string(uuid::generate());
  pqxx::nontransaction{d.server.db()}.exec(fmt::format(
      "INSERT INTO people.person SELECT '{}', '{}', 'Gone', 'Home', NULL, 'DISABLED', now(), NULL, "
      "now(), now(), 1",
      demo_tenant, person));
  check_error(d.place(d.placement(person)), 409, "PERSON_NOT_ACTIVE");
}

TEST_CASE(
    "placements: an end before the start, made, changed or ended; an empty window is allowed [S86-F2 D-18]") {
  placement_desk d;
  auto ann = d.person();
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveEndAt"] = from_now(-25h);
  auto refused = d.place(wanted);
  check_error(refused, 400, "VALIDATION_FAILED",
              "`effectiveEndAt` must not be earlier than effectiveStartAt.");
  CHECK(wrong_fields(refused) == fields{"effectiveEndAt"});
  wanted["effectiveStartAt"] = tomorrow;
  wanted["effectiveEndAt"] = from_now(48h);
  auto id = d.placed(wanted);
  CHECK(wrong_fields(d.change(id, {{"effectiveEndAt", yesterday}, {"version", 1}})) ==
        fields{"effectiveEndAt"});
  CHECK(wrong_fields(d.change(id, {{"effectiveStartAt", from_now(49h)}, {"version", 1}})) ==
        fields{"effectiveEndAt"});
  CHECK(wrong_fields(d.finish(id, {{"effectiveEndAt", yesterday}})) == fields{"effectiveEndAt"});
  CHECK(d.finish(id, {{"effectiveEndAt", tomorrow}}).status == 200);
  CHECK(d.listed("?personId=" + ann.person_id + "&at=" + tomorrow).empty());
  // It ended before it began, and does not come back.
  check_error(d.change(id, {{"effectiveEndAt", from_now(48h)}, {"version", 2}}), 409, "ASSIGNMENT_ENDED");
  wanted["effectiveEndAt"] = tomorrow;
  d.placed(wanted);
}

TEST_CASE("placements: all that is wrong with a request is named at once [S86-F5 D-4 D-12]") {
  placement_desk d;
  auto refused = d.admin->http.post(
      d.path, R"({"personId":"x","role":7,"isPrimary":"yes","effectiveEndAt":"0000-01-01T00:00:00Z",
      "colour":"red"})");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused) == fields{"personId", "locationId", "role", "isPrimary", "effectiveStartAt",
                                        "effectiveEndAt", "colour"});
  auto wanted = d.placement(nobody);
  for (const std::string& role :
       {std::string{}, std::string{"  "}, std::string(65, 'x'), std::string{"A\tB"}}) {
    wanted["role"] = role;
    wanted["changeReasonCode"] = std::string(65, 'x');
    CHECK(wrong_fields(d.place(wanted)) == fields{"role", "changeReasonCode"});
  }
  auto id = d.placed(d.placement(d.person().person_id));
  CHECK(wrong_fields(d.change(id, {{"effectiveStartAt", 5}, {"effectiveEndAt", "x"}, {"isPrimary", "no"}})) ==
        fields{"effectiveStartAt", "effectiveEndAt", "isPrimary"});
  CHECK(wrong_fields(d.finish(id, {{"changeReasonCode", ""}, {"version", 1}})) == fields{"version"});
  CHECK(wrong_fields(d.admin->http.get(d.path + "/7")) == fields{"assignmentId"});
}

TEST_CASE("placements: left out leaves alone, null is ongoing, and the version is needed [S86-F6 S86-F11 "
          "D-10 D-17]") {
  placement_desk d;
  auto ann = d.person();
  auto wanted = d.placement(ann.person_id);
  wanted["effectiveEndAt"] = tomorrow;
  auto id = d.placed(wanted);
  CHECK(wrong_fields(d.change(id, {{"isPrimary", true}})) == fields{"version"});
  auto earlier = from_now(-48h);
  auto start = d.change(id, {{"effectiveStartAt", earlier}, {"version", 1}});
  CHECK(text_at(start, "/assignment/effectiveStartAt") == earlier);
  CHECK(text_at(start, "/assignment/effectiveEndAt") == tomorrow);
  auto ongoing = d.change(id, {{"effectiveEndAt", nullptr}}, "\"2\"");
  REQUIRE(ongoing.status == 200);
  CHECK(text_at(ongoing, "/assignment/effectiveEndAt") == "null");
  CHECK(text_at(stored_placement(id), "/effective_end_at") == "null");
  CHECK(text_at(ongoing, "/assignment/version") == "3");
  // Changing nothing is no change.
  for (const auto& same : {boost::json::object{{"effectiveEndAt", nullptr}, {"version", 3}},
                           boost::json::object{{"isPrimary", false}, {"version", 3}},
                           boost::json::object{{"changeReasonCode", "WHY"}, {"version", 3}}})
    CHECK(text_at(d.change(id, same), "/assignment/version") == "3");
  CHECK(d.audit(id, "PersonLocationAssignmentUpdated").size() == 2);
  check_error(d.change(id, {{"isPrimary", true}, {"version", 2}}), 409, "VERSION_CONFLICT");
  check_error(d.change(id, {{"isPrimary", true}}, "\"2\""), 412, "PRECONDITION_FAILED");
  check_error(d.change(id, {{"isPrimary", true}}, "three"), 400, "VALIDATION_FAILED");
  CHECK(text_at(d.change(id, {{"effectiveEndAt", from_now(-1h)}, {"version", 3}}), "/assignment/version") ==
        "4");
  CHECK(d.audit(id, "PersonLocationAssignmentEnded").size() == 1);
}

TEST_CASE("placements: who becomes primary ends the primary one before; dates meet the same rules [S86-F6 "
          "S86-F3 D-15]") {
  placement_desk d;
  auto ann = d.person();
  auto old_id = d.placed(d.placement(ann.person_id, demo_shop, true));
  auto wanted = d.placement(ann.person_id, chicago_shop);
  wanted["effectiveStartAt"] = tomorrow;
  auto id = d.placed(wanted);
  auto promoted = d.change(id, {{"isPrimary", true}, {"version", 1}});
  REQUIRE(promoted.status == 200);
  CHECK(text_at(promoted, "/assignment/isPrimary") == "true");
  CHECK(text_at(promoted, "/demoted/assignmentId") == old_id);
  CHECK(text_at(promoted, "/demoted/effectiveEndAt") == to_string(*parse_timestamp(tomorrow) - 1s));
  // Back into the first one's time: now that one is in the way.
  check_error(d.change(id, {{"effectiveStartAt", yesterday}, {"version", 2}}), 409, "PRIMARY_OVERLAP");
  wanted["effectiveStartAt"] = from_now(-72h);
  wanted["effectiveEndAt"] = yesterday;
  auto earlier = d.placed(wanted);
  check_error(d.change(earlier, {{"effectiveEndAt", nullptr}, {"version", 1}}), 409, "ASSIGNMENT_ENDED");
  check_error(d.change(id, {{"effectiveStartAt", from_now(-48h)}, {"isPrimary", false}, {"version", 2}}), 409,
              "ASSIGNMENT_OVERLAP");
}

TEST_CASE("placements: person, location and role never change, and no row is deleted [S86-R5 S86-F7 D-17]") {
  placement_desk d;
  auto ann = d.person();
  auto id = d.placed(d.placement(ann.person_id));
  for (const auto* field : {"personId", "locationId", "role"}) {
    CAPTURE(field);
    CHECK(wrong_fields(d.change(id, {{"version", 1}, {field, nobody}})) == fields{field});
  }
  check_error(d.admin->http.send("DELETE", d.path + "/" + id), 405, "METHOD_NOT_ALLOWED");
  auto before = json_of(d.shown(id));
  for (const auto& change :
       {fmt::format("DELETE FROM people.location_assignment WHERE assignment_id = '{}'", id),
        fmt::format("UPDATE people.location_assignment SET role = 'ADVISOR' WHERE assignment_id = '{}'", id),
        fmt::format("UPDATE people.location_assignment SET person_id = '{}' WHERE assignment_id = '{}'",
                    d.admin->person_id, id),
        fmt::format("UPDATE people.location_assignment SET location_id = '{}' WHERE assignment_id = '{}'",
                    chicago_shop, id)}) {
    CAPTURE(change);
    CHECK_THROWS_AS(pqxx::nontransaction{d.server.db()}.exec(change), pqxx::sql_error);
  }
  CHECK(json_of(d.shown(id)) == before);
}

TEST_CASE("placements: of many who place somebody in the same post at once one wins [S86-R4]") {
  placement_desk d;
  for (int round = 0; round < 3; ++round) {
    auto ann = d.person();
    std::vector<boost::json::object> wanted;
    for (int i = 0; i < 8; ++i) {
      wanted.push_back(d.placement(ann.person_id));
      wanted.back()["effectiveStartAt"] = from_now(-1h * (i + 1));
    }
    CHECK(all_at_once(d, wanted) == counts{{"created", 1}, {"ASSIGNMENT_OVERLAP", 7}});
    CHECK(placements_of(ann.person_id) == 1);
  }
}

TEST_CASE("placements: of many who give somebody a primary location at once one wins [S86-R2]") {
  placement_desk d;
  auto ann = d.person();
  auto first = d.placed(d.placement(ann.person_id, los_angeles_shop, true));
  std::vector<boost::json::object> wanted;
  for (int i = 0; i < 8; ++i) {
    wanted.push_back(d.placement(ann.person_id, i % 2 ? demo_shop : chicago_shop, true));
    wanted.back()["role"] = fmt::format("ROLE {}", i);
    wanted.back()["effectiveStartAt"] = tomorrow;
  }
  CHECK(all_at_once(d, wanted) == counts{{"created", 1}, {"PRIMARY_OVERLAP", 7}});
  CHECK(text_at(d.shown(first), "/version") == "2");
  CHECK(d.listed("?personId=" + ann.person_id + "&at=" + tomorrow).size() == 1);
}

TEST_CASE("placements: a repeated request places nobody twice [D-8]") {
  placement_desk d;
  auto ann = d.person();
  d.placed(d.placement(ann.person_id, demo_shop, true));
  http_message message{{{"Idempotency-Key", to_string(uuid::generate())}},
                       json(d.placement(ann.person_id, chicago_shop, false))};
  auto first = d.admin->http.send("POST", d.path, message),
       again = d.admin->http.send("POST", d.path, message);
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.header("idempotency-replayed") == "true");
  CHECK(again.header("etag") == "\"1\"");
  CHECK(json_of(again) == json_of(first));
  CHECK(placements_of(ann.person_id) == 2);
}

TEST_CASE("placements: what was committed is what the next start knows [S86-R2 S86-R4]") {
  company_server server;
  placement_desk d{server};
  auto ann = d.person();
  auto old_id = d.placed(d.placement(ann.person_id, demo_shop, true));
  server.restart();
  auto overlapping = d.place(d.placement(ann.person_id, demo_shop));
  check_error(overlapping, 409, "ASSIGNMENT_OVERLAP");
  auto wanted = d.placement(ann.person_id, chicago_shop, true);
  wanted["effectiveStartAt"] = tomorrow;
  CHECK(text_at(d.place(wanted), "/demoted/assignmentId") == old_id);
}

TEST_CASE("placement metrics: created, updated, demoted, refused, in force [S86-F18 S86-F19 S86-F20 S86-F21 "
          "D-91]") {
  placement_desk d;
  auto ann = d.person();
  auto before = d.metrics();
  auto id = d.placed(d.placement(ann.person_id, demo_shop, true));
  auto wanted = d.placement(ann.person_id, chicago_shop, true);
  check_error(d.place(wanted), 409, "PRIMARY_OVERLAP");
  check_error(d.place(d.placement(ann.person_id)), 409, "ASSIGNMENT_OVERLAP");
  wanted["effectiveStartAt"] = from_now(-1h);
  d.placed(wanted);
  auto ended = d.placed(d.placement(ann.person_id, los_angeles_shop));
  d.finish(ended);
  auto after = d.metrics();
  auto rise = [&](const char* name) { return metric(after, name) - metric(before, name); };
  CHECK(rise("assignment_created_total") == 3);
  CHECK(rise("assignment_updated_total") == 2);
  CHECK(rise("assignment_primary_demoted_total") == 1);
  CHECK(rise("assignment_overlap_rejected_total") == 2);
  CHECK(after.find(ann.person_id) == std::string::npos);
  CHECK(after.find(id) == std::string::npos);
}

TEST_CASE("placement metrics: the assignments in force are counted from the start [S86-F22]") {
  company_server server;
  placement_desk d{server};
  auto wanted = d.placement(d.person().person_id);
  d.placed(wanted);
  wanted["effectiveStartAt"] = tomorrow;
  wanted["locationId"] = chicago_shop;
  d.placed(wanted);
  d.placed(d.placement(d.person().person_id));
  server.restart();
  CHECK(becomes_true(patience, [&] { return metric(d.metrics(), "assignment_active_count") == 2; }));
}

}  // namespace musterd::testing
