#include "tests/http/people/placement_desk.hpp"

/// Story 86: who sees and changes which location assignments, and the lists.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;
using ids = std::vector<std::string>;

}  // namespace

TEST_CASE("placements: who manages one shop places people only there [S86-F4 D-37 D-55]") {
  placement_desk d;
  auto ann = d.person();
  auto lisa = d.holder_at(demo_shop, "SHOP_MANAGER");
  auto place = [&](const std::string& shop, bool primary) {
    return lisa->http.post(d.path, json(d.placement(ann.person_id, shop, primary)));
  };
  auto here = place(demo_shop, false);
  REQUIRE(here.status == 201);
  CHECK(text_at(here, "/assignment/createdBy") == lisa->user_id);
  auto id = text_at(here, "/assignment/assignmentId");
  check_error(place(chicago_shop, false), 403, "ACCESS_DENIED", "Access Denied");
  check_error(place(nobody, false), 403, "ACCESS_DENIED");
  auto there = d.placed(d.placement(ann.person_id, chicago_shop));
  check_error(lisa->http.get(d.path + "/" + there), 404, "ASSIGNMENT_NOT_FOUND");
  check_error(
      lisa->http.send("PATCH", d.path + "/" + there, body({{"effectiveEndAt", tomorrow}, {"version", 1}})),
      404, "ASSIGNMENT_NOT_FOUND");
  check_error(lisa->http.post(d.path + "/" + there + "/end", "{}"), 404, "ASSIGNMENT_NOT_FOUND");
  auto query = d.path + "?state=all&personId=" + ann.person_id;
  CHECK(assignment_ids(lisa->http.get(query)) == ids{id});
  CHECK(assignment_ids(lisa->http.get(query + "&locationId=" + chicago_shop)).empty());
  CHECK(assignment_ids(d.admin->http.get(query)) == ids{id, there});
  auto changed =
      lisa->http.send("PATCH", d.path + "/" + id, body({{"effectiveEndAt", tomorrow}, {"version", 1}}));
  CHECK(text_at(changed, "/assignment/updatedBy") == lisa->user_id);
  CHECK(lisa->http.post(d.path + "/" + id + "/end", "{}").status == 200);
}

TEST_CASE("placements: who holds no permission touches none, and who may look may only look [S86-F4]") {
  placement_desk d;
  auto wanted = d.placement(d.person().person_id);
  auto id = d.placed(wanted);
  auto mechanic = d.server.new_mechanic();
  auto auditor = d.server.signed_in("demo.auditor");
  CHECK(auditor->http.get(d.path + "/" + id).status == 200);
  check_error(mechanic->http.get(d.path), 403, "ACCESS_DENIED", "Access Denied");
  check_error(mechanic->http.get(d.path + "/" + id), 403, "ACCESS_DENIED");
  for (auto* who : {mechanic.get(), auditor.get()}) {
    check_error(who->http.post(d.path, json(wanted)), 403, "ACCESS_DENIED", "Access Denied");
    check_error(who->http.send("PATCH", d.path + "/" + id, body({{"isPrimary", true}, {"version", 1}})), 403,
                "ACCESS_DENIED");
    check_error(who->http.post(d.path + "/" + id + "/end", "{}"), 403, "ACCESS_DENIED");
  }
  CHECK(text_at(d.shown(id), "/version") == "1");
}

TEST_CASE("placements: active, over or all, of a person or at a shop, at an instant, in pages [S86-F8 D-5]") {
  placement_desk d;
  auto ann = d.person();
  auto make = [&](const std::string& role, const std::string& shop, const std::string& start,
                  const std::string& end) {
    auto wanted = d.placement(ann.person_id, shop);
    wanted["role"] = role;
    wanted["effectiveStartAt"] = start;
    if (!end.empty())
      wanted["effectiveEndAt"] = end;
    return d.placed(wanted);
  };
  auto coming = make("MECHANIC", demo_shop, tomorrow, ""),
       there = make("ADVISOR", chicago_shop, yesterday, ""),
       over = make("MECHANIC", demo_shop, from_now(-72h), from_now(-48h)),
       running = make("MECHANIC", demo_shop, from_now(-23h), tomorrow);
  auto listed = [&](const std::string& query) { return d.listed("?personId=" + ann.person_id + query); };
  CHECK(listed("") == ids{there, running});
  CHECK(listed("&state=active") == ids{there, running});
  CHECK(listed("&state=history") == ids{over});
  CHECK(listed("&state=all") == ids{over, there, running, coming});
  CHECK(listed("&at=" + from_now(-60h)) == ids{over});
  CHECK(listed("&at=" + tomorrow) == ids{there, coming});
  CHECK(listed("&state=history&at=" + tomorrow) == ids{over, running});
  CHECK(listed("&state=history&at=" + from_now(-60h)).empty());
  CHECK(listed("&state=all&locationId=" + std::string{chicago_shop}) == ids{there});
  CHECK(listed("&state=all&locationId=" + std::string{los_angeles_shop}).empty());
  auto second =
      json_of(d.admin->http.get(d.path + "?state=all&pageSize=3&pageIndex=1&personId=" + ann.person_id));
  CHECK(text_at(second, "/totalCount") == "4");
  CHECK(text_at(second, "/pageIndex") == "1");
  CHECK(text_at(second, "/items/0/assignmentId") == coming);
  CHECK(second.at("items").as_array().size() == 1);
  // Everybody at a shop: ann is on one of the pages.
  bool found = false;
  ids page;
  for (int index = 0; !found && (index == 0 || !page.empty()); ++index) {
    page = d.listed(
        fmt::format("?pageSize=100&pageIndex={}&locationId={}&at={}", index, chicago_shop, yesterday));
    found = std::find(page.begin(), page.end(), there) != page.end();
  }
  CHECK(found);
  for (const auto* bad : {"?personId=x", "?locationId=7", "?at=yesterday", "?state=ACTIVE", "?state=over",
                          "?colour=red", "?pageSize=101"}) {
    CAPTURE(bad);
    check_error(d.admin->http.get(d.path + bad), 400, "VALIDATION_FAILED");
  }
}

}  // namespace musterd::testing
