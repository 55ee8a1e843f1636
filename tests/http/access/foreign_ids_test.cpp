#include "tests/http/people/placement_desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// What somebody at one shop can do with the ids of other people (docs/decisions/0055-what-ids-open.md).
namespace musterd::testing {
namespace {

const std::string nil = "00000000-0000-0000-0000-000000000000";

/// The administrator has given ann work in Brooklyn; xena may assign and place people there.
struct assigner : placement_desk {
  newcomer ann = user();
  std::string role_id = assigned(assignment(ann.user_id, "MECHANIC", demo_shop));
  std::string place_id = placed(placement(ann.person_id));
  std::unique_ptr<visitor> xena = assigner_at(demo_shop);

  std::unique_ptr<visitor> assigner_at(const std::string& shop) {
    auto name = "Shop assigner " + to_string(uuid::generate());
    boost::json::array keys;
    for (const auto* kind : {"people:role_assignment:", "people:location_assignment:"})
      for (const auto* action : {"view", "create", "update"})
        keys.emplace_back(std::string{kind} + action);
    keys.emplace_back("people:person:view");
    auto made =
        admin->http.post("/api/security/roles", json({{"roleName", name},
                                                      {"allowedScopes", boost::json::array{"LOCATION"}},
                                                      {"permissionKeys", keys}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    return holder_at(shop, name);
  }
  http_answer assigns(const std::string& user_id) {
    return xena->http.post("/api/people/role-assignments", json(assignment(user_id, "MECHANIC", demo_shop)));
  }
  http_answer places(const std::string& person_id) {
    auto wanted = placement(person_id);
    wanted["role"] = "HELPER";
    return xena->http.post(path, json(wanted));
  }
};

}  // namespace

TEST_CASE("Security: ids: who assigns at one shop does not see who of headquarters changed what") {
  assigner d;
  const std::string roles = "/api/people/role-assignments/", places = placement_desk::path + "/";
  auto shown = [&](visitor& to) {
    std::string all;
    for (const auto& read :
         {roles.substr(0, roles.size() - 1) + "?userId=" + d.ann.user_id, roles + d.role_id,
          places.substr(0, places.size() - 1) + "?personId=" + d.ann.person_id, places + d.place_id}) {
      auto answer = to.http.get(read);
      REQUIRE_MESSAGE(answer.status == 200, answer.body);
      all += answer.body + '\n';
    }
    return all;
  };
  CHECK(shown(*d.admin).find(d.admin->user_id) != std::string::npos);
  CHECK(shown(*d.xena).find(d.admin->user_id) == std::string::npos);
  CHECK(text_at(d.xena->http.get(roles + d.role_id), "/changedBy") == nil);
  CHECK(text_at(d.xena->http.get(places + d.place_id), "/createdBy") == nil);
  CHECK(text_at(d.xena->http.get(places + d.place_id), "/updatedBy") == nil);
  // Nor does the answer to a change reveal it, whether or not anything changes.
  auto same =
      d.xena->http.send("PATCH", roles + d.role_id, body({{"effectiveEndDate", nullptr}, {"version", 1}}));
  REQUIRE_MESSAGE(same.status == 200, same.body);
  CHECK(text_at(same, "/changedBy") == nil);
  auto changed =
      d.xena->http.send("PATCH", places + d.place_id, body({{"effectiveEndAt", tomorrow}, {"version", 1}}));
  REQUIRE_MESSAGE(changed.status == 200, changed.body);
  CHECK(text_at(changed, "/assignment/createdBy") == nil);
  CHECK(text_at(changed, "/assignment/updatedBy") == d.xena->user_id);
  auto ended = d.xena->http.post(places + d.place_id + "/end", "{}");
  CHECK(text_at(ended, "/createdBy") == nil);
  CHECK(text_at(ended, "/updatedBy") == d.xena->user_id);
  // Authors whom they may see are shown.
  auto colleague = d.assigner_at(demo_shop);
  CHECK(text_at(colleague->http.get(places + d.place_id), "/updatedBy") == d.xena->user_id);
  CHECK(text_at(colleague->http.get(places + d.place_id), "/createdBy") == nil);
}

TEST_CASE(
    "Security: ids: an id opens nobody's record: headquarters and other shops' people are unknown here") {
  assigner d;
  auto owner = d.server.signed_in("demo.owner");
  auto elsewhere = d.user();
  d.placed(d.placement(elsewhere.person_id, chicago_shop));
  struct id_pair {
    std::string user, person;
  };
  auto listed = [&](const std::string& person_id) {
    return d.xena->http.get("/api/people/persons/" + person_id).status == 200 ||
           d.xena->http.get("/api/people/persons?pageSize=100").body.find(person_id) != std::string::npos;
  };
  for (const auto& [user, person] :
       {id_pair{owner->user_id, owner->person_id}, id_pair{elsewhere.user_id, elsewhere.person_id}}) {
    check_error(d.assigns(user), 404, "USER_NOT_FOUND");
    check_error(d.places(person), 404, "PERSON_NOT_FOUND");
    CHECK_FALSE(listed(person));
    CHECK(placements_of(person) == (person == elsewhere.person_id ? 1 : 0));
  }
  // Exactly like nobody.
  CHECK(d.assigns(nobody).status == 404);
  CHECK(d.places(nobody).status == 404);
  // Newcomers belong to nobody yet, and a shop's own people to the shop.
  auto newcomer = d.user();
  CHECK(d.assigns(newcomer.user_id).status == 201);
  CHECK(d.places(newcomer.person_id).status == 201);
  CHECK(d.places(d.ann.person_id).status == 201);
}

}  // namespace musterd::testing
