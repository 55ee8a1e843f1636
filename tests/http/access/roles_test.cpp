#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// The guide's "RBAC endpoints": roles and what they grant.
namespace musterd::testing {
namespace {

const std::string path = "/api/security/roles";

std::string new_name() {
  return "Role " + to_string(uuid::generate());
}

boost::json::array keys(std::initializer_list<const char*> of) {
  boost::json::array result;
  for (const auto* key : of)
    result.emplace_back(key);
  return result;
}

http_answer create(desk& d, const std::string& name, const boost::json::array& granted = {}) {
  return d.admin->http.post(path, json({{"roleName", name},
                                        {"allowedScopes", keys({"LOCATION", "GLOBAL"})},
                                        {"permissionKeys", granted}}));
}

std::string created(desk& d, const boost::json::array& granted = {}) {
  auto made = create(d, new_name(), granted);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return text_at(made, "/roleId");
}

http_answer send(desk& d, const std::string& method, const std::string& role, const std::string& rest,
                 const boost::json::object& what = {}, const std::string& if_match = {}) {
  auto message = method == "DELETE" ? http_message{} : body(what);
  if (!if_match.empty())
    message.headers["If-Match"] = if_match;
  return d.admin->http.send(method, path + "/" + role + rest, message);
}

/// What a role grants, as GET shows it.
boost::json::value granted(desk& d, const std::string& role) {
  return json_of(d.admin->http.get(path + "/" + role)).at("permissionKeys");
}

}  // namespace

TEST_CASE("roles: a role is created, read, listed [G-ROLE-1 G-AUD-3 S89-F10 D-2]") {
  desk d;
  auto name = new_name();
  auto listed = [&] {
    auto first = json_of(d.admin->http.get(path + "?pageSize=1"));
    CHECK(first.at("items").as_array().size() == 1);
    return std::stoi(text_at(first, "/totalCount"));
  };
  auto before = listed();
  auto made = d.admin->http.post(
      path,
      json({{"roleName", name},
            {"description", "Sets prices"},
            {"allowedScopes", keys({"LOCATION", "GLOBAL", "LOCATION"})},
            {"permissionKeys", keys({"people:person:view", "people:location:view", "people:person:view"})}}));
  REQUIRE(made.status == 201);
  CHECK(made.header("etag") == "\"1\"");
  auto role = json_of(made);
  CHECK(role.as_object().size() == 8);
  CHECK(text_at(role, "/roleName") == name);
  CHECK(text_at(role, "/description") == "Sets prices");
  CHECK(role.at("allowedScopes") == keys({"GLOBAL", "LOCATION"}));
  CHECK(role.at("permissionKeys") == keys({"people:location:view", "people:person:view"}));
  CHECK(text_at(role, "/version") == "1");
  auto shown = d.admin->http.get(path + "/" + text_at(role, "/roleId"));
  CHECK(json_of(shown) == role);
  CHECK(shown.header("etag") == "\"1\"");
  CHECK(listed() == before + 1);
  auto entries = d.audit(text_at(role, "/roleId"), "role.created");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/subject_type") == "Role");
  CHECK(text_at(entries[0], "/actor_id") == d.admin->user_id);
  CHECK(entries[0].at("details").at("afterState") == role);
  check_error(d.admin->http.get(path + "/" + nobody), 404, "ROLE_NOT_FOUND");
  check_error(d.admin->http.get(path + "/x"), 400, "VALIDATION_FAILED");
}

TEST_CASE("roles: role names that differ in case or blanks only are one name [G-ROLE-2 D-35]") {
  desk d;
  auto name = new_name();
  REQUIRE(create(d, name).status == 201);
  auto upper = name;
  for (auto& c : upper)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const auto& same : {name, upper, "  " + name + " ", "ROLE   " + name.substr(5)}) {
    CAPTURE(same);
    check_error(create(d, same), 409, "ROLE_NAME_TAKEN");
  }
  check_error(create(d, "mechanic"), 409, "ROLE_NAME_TAKEN");
  // Another company may use the name.
  auto rita = d.server.signed_in("rival.owner");
  CHECK(rita->http.post(path, json({{"roleName", name}, {"allowedScopes", keys({"GLOBAL"})}})).status == 201);
}

TEST_CASE("roles: what a role cannot be [G-ROLE-1 D-12]") {
  desk d;
  auto refused = d.admin->http.post(path, R"({"roleName":" ","allowedScopes":[],"colour":1})");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused) == std::set<std::string>{"colour"});
  auto blank = d.admin->http.post(path, R"({"roleName":" ","allowedScopes":[]})");
  CHECK(wrong_fields(blank) == std::set<std::string>{"roleName", "allowedScopes"});
  auto unknown = create(d, new_name(), keys({"people:person:view", "no:such:key", "nor:this:one"}));
  check_error(unknown, 404, "PERMISSION_NOT_FOUND");
  CHECK(unknown.body.find("no:such:key") != std::string::npos);
  CHECK(unknown.body.find("nor:this:one") != std::string::npos);
  auto mechanic = d.server.new_mechanic();
  check_error(mechanic->http.get(path), 403, "ACCESS_DENIED");
  check_error(
      mechanic->http.post(path, json({{"roleName", new_name()}, {"allowedScopes", keys({"GLOBAL"})}})), 403,
      "ACCESS_DENIED");
}

TEST_CASE("roles: description and scopes change with the version, the name never does [G-ROLE-1 G-AUD-3 D-10 "
          "D-20 D-35]") {
  desk d;
  auto role = created(d);
  auto renamed = send(d, "PATCH", role, "", {{"roleName", "Other"}});
  check_error(renamed, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(renamed) == std::set<std::string>{"roleName"});
  auto changed = send(d, "PATCH", role, "", {{"description", "new"}, {"version", 1}});
  REQUIRE(changed.status == 200);
  CHECK(changed.header("etag") == "\"2\"");
  CHECK(text_at(changed, "/description") == "new");
  check_error(send(d, "PATCH", role, "", {{"description", "late"}, {"version", 1}}), 409, "VERSION_CONFLICT");
  check_error(send(d, "PATCH", role, "", {{"description", "late"}}, "\"1\""), 412, "PRECONDITION_FAILED");
  CHECK(send(d, "PATCH", role, "", {{"allowedScopes", keys({"GLOBAL"})}}, "\"2\"").status == 200);
  // Setting what is so already is no change.
  CHECK(text_at(send(d, "PATCH", role, "", {{"description", "new"}}), "/version") == "3");
  auto entries = d.audit(role, "role.updated");
  REQUIRE(entries.size() == 2);
  CHECK(text_at(entries[0], "/details/beforeState/description") == "null");
  CHECK(text_at(entries[0], "/details/afterState/description") == "new");
  check_error(send(d, "PATCH", nobody, "", {{"description", "x"}}), 404, "ROLE_NOT_FOUND");
  check_error(send(d, "DELETE", role, ""), 405, "METHOD_NOT_ALLOWED");
  // A role that has become global only can no longer be given at a shop.
  auto ann = d.user();
  auto wanted = d.assignment(ann.user_id, "ADMIN", demo_shop);
  wanted["roleId"] = role;
  check_error(d.assign(wanted), 400, "VALIDATION_FAILED");
}

TEST_CASE("roles: granting twice and revoking what is not granted are no faults [G-ROLE-3 G-AUD-5 D-36]") {
  desk d;
  auto role = created(d);
  const std::string one = "/permissions/people:person:view";
  for (int i = 0; i < 2; ++i)
    CHECK(send(d, "PUT", role, one).status == 204);
  CHECK(granted(d, role) == keys({"people:person:view"}));
  CHECK(d.audit(role, "role.permission.grant").size() == 1);
  for (int i = 0; i < 2; ++i)
    CHECK(send(d, "DELETE", role, one).status == 204);
  CHECK(granted(d, role) == boost::json::array{});
  auto entries = d.audit(role, "role.permission.revoke");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].at("details").at("beforeState").at("permissionKeys") == keys({"people:person:view"}));
  CHECK(send(d, "DELETE", role, "/permissions/no:such:key").status == 204);
  check_error(send(d, "PUT", role, "/permissions/no:such:key"), 404, "PERMISSION_NOT_FOUND");
  check_error(send(d, "PUT", nobody, one), 404, "ROLE_NOT_FOUND");
  check_error(send(d, "DELETE", nobody, one), 404, "ROLE_NOT_FOUND");
}

TEST_CASE("roles: the whole set is replaced, with the version [G-ROLE-4 G-AUD-5 D-36]") {
  desk d;
  auto role = created(d, keys({"people:person:view"}));
  auto replace = [&](std::initializer_list<const char*> wanted, int version) {
    return send(d, "PUT", role, "/permissions", {{"permissionKeys", keys(wanted)}, {"version", version}});
  };
  auto replaced = replace({"people:location:view", "people:employee:view"}, 1);
  REQUIRE(replaced.status == 200);
  CHECK(json_of(replaced).at("permissionKeys") == keys({"people:employee:view", "people:location:view"}));
  check_error(replace({}, 1), 409, "VERSION_CONFLICT");
  check_error(replace({"no:such:key"}, 2), 404, "PERMISSION_NOT_FOUND");
  CHECK(text_at(replace({"people:location:view", "people:employee:view"}, 2), "/version") == "2");
  CHECK(json_of(replace({}, 2)).at("permissionKeys") == boost::json::array{});
  CHECK(d.audit(role, "role.permissions.replaced").size() == 2);
  check_error(send(d, "PUT", role, "/permissions"), 400, "VALIDATION_FAILED");
}

TEST_CASE("roles: what is revoked is gone for the very next request, what is granted is there [G-ROLE-5 "
          "G-AUTH-5]") {
  desk d;
  auto name = new_name();
  auto role = text_at(create(d, name, keys({"people:person:view"})), "/roleId");
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, name));
  auto ann = d.server.signed_in(who.username, first_password);
  service pos;
  for (int round = 0; round < 10; ++round) {
    REQUIRE(ann->http.get("/api/people/persons").status == 200);
    REQUIRE(pos.decision(who.user_id, "people:person:view") == "ALLOW");
    REQUIRE(send(d, "DELETE", role, "/permissions/people:person:view").status == 204);
    REQUIRE(ann->http.get("/api/people/persons").status == 403);
    REQUIRE(pos.decision(who.user_id, "people:person:view") == "DENY");
    REQUIRE(send(d, "PUT", role, "/permissions/people:person:view").status == 204);
  }
  CHECK(ann->http.get("/api/people/persons").status == 200);
}

TEST_CASE("role metrics: changes of roles and of what they grant, by outcome [G-MET-4 G-MET-5]") {
  desk d;
  auto before = d.metrics();
  auto role = created(d);
  create(d, "mechanic");
  send(d, "PATCH", role, "", {{"description", "x"}});
  send(d, "PUT", role, "/permissions/people:person:view");
  send(d, "PUT", role, "/permissions/no:such:key");
  send(d, "DELETE", role, "/permissions/people:person:view");
  send(d, "PUT", role, "/permissions", {{"permissionKeys", keys({})}});
  auto after = d.metrics();
  for (const auto* sample :
       {R"(security_role_mutations_total{outcome="success",type="create"})",
        R"(security_role_mutations_total{outcome="failure",type="create"})",
        R"(security_role_mutations_total{outcome="success",type="update"})",
        R"(security_role_permission_mutations_total{outcome="success",type="grant"})",
        R"(security_role_permission_mutations_total{outcome="failure",type="grant"})",
        R"(security_role_permission_mutations_total{outcome="success",type="revoke"})",
        R"(security_role_permission_mutations_total{outcome="success",type="replace"})"}) {
    CAPTURE(sample);
    CHECK(metric(after, sample) - metric(before, sample) == 1);
  }
}

}  // namespace musterd::testing
