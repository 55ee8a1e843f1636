#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Story 89: who sees and changes which assignments, and when they hold.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto record = "timekeeping:timecard:record";
const std::string path = "/api/people/role-assignments";

/// Somebody who may assign roles at the Brooklyn shop only.
std::unique_ptr<visitor> shop_admin(desk& d) {
  auto name = "Shop admin " + to_string(uuid::generate());
  auto made = d.admin->http.post(
      "/api/security/roles", json({{"roleName", name},
                                   {"allowedScopes", boost::json::array{"LOCATION"}},
                                   {"permissionKeys", boost::json::array{"people:role_assignment:create",
                                                                         "people:role_assignment:update",
                                                                         "people:role_assignment:view"}}}));
  REQUIRE(made.status == 201);
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, name, demo_shop));
  return d.server.signed_in(who.username, first_password);
}

std::set<std::string> ids_in(const http_answer& answer) {
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  std::set<std::string> result;
  auto list = json_of(answer);
  for (const auto& item : list.at("items").as_array())
    result.insert(text_at(item, "/assignmentId"));
  return result;
}

}  // namespace

TEST_CASE("role assignments: who may assign at one shop may do so only there [D-37 D-55]") {
  desk d;
  auto lisa = shop_admin(d);
  auto ann = d.user();
  auto assign = [&](const std::string& role, const std::string& shop) {
    return lisa->http.post(path, json(d.assignment(ann.user_id, role, shop)));
  };
  auto here = assign("MECHANIC", demo_shop);
  REQUIRE(here.status == 201);
  CHECK(text_at(here, "/changedBy") == lisa->user_id);
  auto id = text_at(here, "/assignmentId");
  check_error(assign("MECHANIC", chicago_shop), 403, "ACCESS_DENIED", "Access Denied");
  check_error(assign("MANAGER", ""), 403, "ACCESS_DENIED", "Access Denied");
  auto there = d.assigned(d.assignment(ann.user_id, "MECHANIC", chicago_shop)),
       everywhere = d.assigned(d.assignment(ann.user_id, "MANAGER"));
  for (const auto& foreign : {there, everywhere}) {
    check_error(lisa->http.get(path + "/" + foreign), 404, "ASSIGNMENT_NOT_FOUND");
    check_error(lisa->http.send("PATCH", path + "/" + foreign,
                                body({{"effectiveEndDate", tomorrow}, {"version", 1}})),
                404, "ASSIGNMENT_NOT_FOUND");
    check_error(lisa->http.post(path + "/" + foreign + "/end", "{}"), 404, "ASSIGNMENT_NOT_FOUND");
  }
  CHECK(ids_in(lisa->http.get(path + "?userId=" + ann.user_id)) == std::set<std::string>{id});
  CHECK(ids_in(d.admin->http.get(path + "?userId=" + ann.user_id)) ==
        std::set<std::string>{id, there, everywhere});
  CHECK(lisa->http.send("PATCH", path + "/" + id, body({{"effectiveEndDate", tomorrow}, {"version", 1}}))
            .status == 200);
  CHECK(lisa->http.post(path + "/" + id + "/end", "{}").status == 200);
}

TEST_CASE("role assignments: the list shows what is in force now, at an instant, or all there ever was "
          "[S89-F7 D-5]") {
  desk d;
  auto ann = d.user();
  auto make = [&](const std::string& role, const std::string& shop, const std::string& start,
                  const std::string& end) {
    auto wanted = d.assignment(ann.user_id, role, shop);
    wanted["effectiveStartDate"] = start;
    if (!end.empty())
      wanted["effectiveEndDate"] = end;
    return d.assigned(wanted);
  };
  auto over = make("MECHANIC", demo_shop, from_now(-72h), from_now(-48h)),
       running = make("MECHANIC", demo_shop, yesterday, tomorrow),
       global = make("READ_ONLY", "", yesterday, ""), coming = make("MECHANIC", chicago_shop, tomorrow, "");
  auto listed = [&](const std::string& query) {
    return ids_in(d.admin->http.get(path + "?userId=" + ann.user_id + query));
  };
  using ids = std::set<std::string>;
  CHECK(listed("") == ids{running, global});
  CHECK(listed("&includeHistory=true") == ids{over, running, global, coming});
  CHECK(listed("&at=" + from_now(-60h)) == ids{over});
  CHECK(listed("&at=" + tomorrow) == ids{global, coming});
  CHECK(listed("&includeHistory=true&locationId=" + std::string{demo_shop}) == ids{over, running});
  CHECK(listed("&roleId=" + d.role("READ_ONLY")) == ids{global});
  CHECK(listed("&locationId=" + std::string{los_angeles_shop}).empty());

  auto second =
      json_of(d.admin->http.get(path + "?includeHistory=true&pageSize=3&pageIndex=1&userId=" + ann.user_id));
  CHECK(text_at(second, "/totalCount") == "4");
  CHECK(text_at(second, "/items/0/assignmentId") == coming);
  CHECK(second.at("items").as_array().size() == 1);
  for (const auto* bad : {"?userId=x", "?at=yesterday", "?includeHistory=perhaps", "?colour=red",
                          "?pageSize=101", "?includeHistory=true&at=2026-01-01T00:00:00Z"}) {
    CAPTURE(bad);
    check_error(d.admin->http.get(path + bad), 400, "VALIDATION_FAILED");
  }
}

TEST_CASE("role assignments: windows are half-open and exact to the microsecond [S89-F7 D-13]") {
  desk d;
  service pos;
  auto ann = d.user();
  auto base = *parse_timestamp(tomorrow);
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  wanted["effectiveStartDate"] = to_string(base + 123456us);
  wanted["effectiveEndDate"] = to_string(base + 1h + 7us);
  auto made = d.assign(wanted);
  CHECK(text_at(made, "/effectiveStartDate") == to_string(base + 123456us));
  CHECK(text_at(made, "/effectiveEndDate") == to_string(base + 1h + 7us));
  for (auto [instant, held] : {std::pair{base + 123455us, false}, std::pair{base + 123456us, true},
                               std::pair{base + 1h + 6us, true}, std::pair{base + 1h + 7us, false}}) {
    auto at = to_string(instant);
    CAPTURE(at);
    CHECK(pos.decision(ann.user_id, record, demo_shop, at) == (held ? "ALLOW" : "DENY"));
    CHECK(ids_in(d.admin->http.get(path + "?userId=" + ann.user_id + "&at=" + at)).size() == (held ? 1 : 0));
  }
}

}  // namespace musterd::testing
