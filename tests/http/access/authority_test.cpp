#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

/// Nobody gives or takes more than they hold (D-50; decision 0029).
namespace musterd::testing {
namespace {

using keys = std::set<std::string>;

constexpr auto refused = "EXCEEDS_OWN_AUTHORITY";

const keys own_data{"timekeeping:timecard:record", "timekeeping:time_entry:submit",
                    "workexec:job_timer:record"};

/// A default role as the company defines it.
struct default_role {
  std::string name;
  bool may_be_global;
  keys grants;

  std::string shop() const { return may_be_global ? "" : demo_shop; }
  /// Whether a holder of this role may give the other, both in their widest scope.
  bool covers(const default_role& other) const {
    if (may_be_global && grants.contains("security:authority:any"))
      return true;
    keys needed;
    std::ranges::set_difference(other.grants, own_data, std::inserter(needed, needed.end()));
    return (may_be_global || !other.may_be_global || needed.empty()) && std::ranges::includes(grants, needed);
  }
};

std::vector<default_role> default_roles(desk& d) {
  auto rows = boost::json::parse(text_of(
      d.server.db(), fmt::format("SELECT jsonb_agg(jsonb_build_object('name', role_name, 'scopes', "
                                 "allowed_scopes, 'keys', permission_keys) ORDER BY role_name) FROM "
                                 "security.role WHERE tenant_id = '{}' AND role_id::text LIKE '01941f29%'",
                                 demo_tenant)));
  std::vector<default_role> result;
  for (const auto& row : rows.as_array()) {
    default_role r{text_at(row, "/name"), false, {}};
    for (const auto& scope : row.at("scopes").as_array())
      r.may_be_global = r.may_be_global || scope.as_string() == "GLOBAL";
    for (const auto& key : row.at("keys").as_array())
      r.grants.emplace(key.as_string());
    result.push_back(std::move(r));
  }
  return result;
}

/// A signed-in holder of the role.
std::unique_ptr<visitor> holder_of(desk& d, const std::string& role, const std::string& shop = {}) {
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, role, shop));
  return d.server.signed_in(who.username, first_password);
}

/// A signed-in holder of a new role with these permissions.
std::unique_ptr<visitor> holder_of_keys(desk& d, const keys& granted, std::string* role_name = nullptr) {
  auto name = "R" + to_string(uuid::generate());
  auto made = d.admin->http.post(
      "/api/security/roles", json({{"roleName", name},
                                   {"allowedScopes", {"GLOBAL", "LOCATION"}},
                                   {"permissionKeys", boost::json::array(granted.begin(), granted.end())}}));
  REQUIRE(made.status == 201);
  if (role_name != nullptr)
    *role_name = name;
  return holder_of(d, name);
}

http_answer assign(visitor& by, const boost::json::object& wanted) {
  return by.http.post("/api/people/role-assignments", json(wanted));
}

/// Another password from another address each time: many refusals from one would count as guesses.
http_answer set_password(visitor& by, const std::string& user_id) {
  static int n = 0;
  ++n;
  by.http.come_from(fmt::format("127.0.{}.{}", 10 + n / 200, 1 + n % 200));
  return by.http.post("/api/security/users/" + user_id + "/password",
                      json({{"password", fmt::format("another long secret {}", n)}}));
}

/// The permissions that were missing, according to the trail.
keys missing_permissions(desk& d, const http_answer& answer) {
  std::string row;
  auto sql =
      fmt::format("SELECT details->'reasons'->'missingPermissions' FROM audit.entry WHERE entry_id = '{}'",
                  text_at(answer, "/details/decisionId"));
  REQUIRE(becomes_true(patience, [&] { return !(row = text_of(d.server.db(), sql)).empty(); }));
  keys result;
  auto missing = boost::json::parse(row);
  for (const auto& key : missing.as_array())
    result.emplace(key.as_string());
  return result;
}

}  // namespace

TEST_CASE("Security: of all pairs of default roles one gives another, or a password, only if it covers it "
          "[D-50 D-52]") {
  desk d;
  auto roles = default_roles(d);
  REQUIRE(roles.size() == 17);  // the sixteen defaults, and what the demo adds
  auto guinea_pig = d.user();
  std::vector<newcomer> holders;
  for (const auto& r : roles) {
    holders.push_back(d.user());
    d.assigned(d.assignment(holders.back().user_id, r.name, r.shop()));
  }
  for (const auto& mine : roles) {
    auto giver = holder_of(d, mine.name, mine.shop());
    for (std::size_t j = 0; j < roles.size(); ++j) {
      const auto& other = roles[j];
      CAPTURE(mine.name);
      CAPTURE(other.name);
      auto expected = [&](const char* key, bool everywhere, int success) {
        if (!mine.grants.contains(key) || (everywhere && !mine.may_be_global))
          return fmt::format("403 ACCESS_DENIED");
        return mine.covers(other) ? fmt::format("{} (none)", success) : fmt::format("403 {}", refused);
      };
      auto said = [](const http_answer& answer) {
        return fmt::format("{} {}", answer.status, answer.status < 400 ? "(none)" : text_at(answer, "/code"));
      };
      CHECK(said(assign(*giver, d.assignment(guinea_pig.user_id, other.name, other.shop()))) ==
            expected("people:role_assignment:create", other.may_be_global, 201));
      CHECK(said(set_password(*giver, holders[j].user_id)) ==
            expected("security:user:set_password", true, 204));
    }
  }
}

TEST_CASE("Security: what counts as one's own data is what routes ask for on oneself, and nothing else asks "
          "for it") {
  auto document = json_of(shared_server().client().get("/openapi.json"));
  keys on_self, otherwise;
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object())
      (text_at(operation, "/x-access") == "PERMISSION_ON_SELF" ? on_self : otherwise)
          .insert(text_at(operation, "/x-permission"));
  for (const auto& key : on_self)
    CHECK_MESSAGE(own_data.contains(key), key);
  for (const auto& key : own_data)
    CHECK_MESSAGE(!otherwise.contains(key), key);
}

TEST_CASE(
    "Security: a security admin does not make herself owner, nor takes the owner's password [D-50 D-51]") {
  desk d;
  auto eve = holder_of(d, "SECURITY_ADMIN");
  auto oscar = d.user(true);
  d.assigned(d.assignment(oscar.user_id, "OWNER"));
  check_error(assign(*eve, d.assignment(eve->user_id, "OWNER")), 403, refused,
              "You cannot assign roles to yourself.");
  check_error(assign(*eve, d.assignment(eve->user_id, "SECURITY_ADMIN")), 403, refused);
  auto answer = set_password(*eve, oscar.user_id);
  check_error(answer, 403, refused,
              "You can only give and take what you hold yourself, as widely and as long.");
  auto missing = missing_permissions(d, answer);
  CHECK(missing.contains("people:user:terminate"));
  CHECK_FALSE(missing.contains("people:user:disable"));
  CHECK(answer.body.find("people:user:terminate") == std::string::npos);
  CHECK(d.server.sign_in(oscar.username, first_password).status == 200);
}

TEST_CASE("Security: provisioning gives no roles that the provisioner does not hold [D-50 D-53]") {
  desk d;
  auto person = d.person();
  auto provision = [&](visitor& by, const std::string& role) {
    return by.http.post(
        "/api/security/users/provision",
        json({{"personId", person.person_id}, {"username", person.username}, {"roleIds", {d.role(role)}}}));
  };
  auto provisioner = holder_of_keys(d, {"security:user:provision"});
  check_error(provision(*provisioner, "OWNER"), 403, "ACCESS_DENIED");
  check_error(provision(*provisioner, "INVENTORY"), 403, "ACCESS_DENIED");
  auto eve = holder_of(d, "SECURITY_ADMIN");
  check_error(provision(*eve, "OWNER"), 403, refused);
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.app_user WHERE person_id = '{}'",
                                             person.person_id)) == 0);
  CHECK(provision(*eve, "SECURITY_ADMIN").status == 201);
}

TEST_CASE("Security: whoever makes a role grants only what they may grant, and hold [D-50 D-53]") {
  desk d;
  auto make = [&](visitor& by, const boost::json::array& granted) {
    return by.http.post("/api/security/roles", json({{"roleName", "R" + to_string(uuid::generate())},
                                                     {"allowedScopes", {"GLOBAL"}},
                                                     {"permissionKeys", granted}}));
  };
  auto maker = holder_of_keys(d, {"security:role:create"});
  check_error(make(*maker, {"security:role:create"}), 403, "ACCESS_DENIED");
  CHECK(make(*maker, {}).status == 201);
  auto granter = holder_of_keys(d, {"security:role:create", "security:role_permission:grant"});
  check_error(make(*granter, {"people:user:terminate"}), 403, refused);
  CHECK(make(*granter, {"security:role:create"}).status == 201);
}

TEST_CASE("Security: a granter does not widen their own role, and a revoker narrows no mightier one") {
  desk d;
  std::string name;
  auto granter = holder_of_keys(d,
                                {"security:role_permission:grant", "security:role_permission:revoke",
                                 "security:role_permission:replace"},
                                &name);
  auto role = "/api/security/roles/" + d.role(name) + "/permissions";
  check_error(granter->http.send("PUT", role + "/people:user:terminate", {{}, "{}"}), 403, refused);
  check_error(granter->http.send("PUT", role, body({{"permissionKeys", {"people:user:terminate"}}})), 403,
              refused);
  auto owners = "/api/security/roles/" + d.role("OWNER") + "/permissions";
  check_error(granter->http.send("DELETE", owners + "/people:user:terminate", {}), 403, refused);
  check_error(granter->http.send("PUT", owners, body({{"permissionKeys", boost::json::array{}}})), 403,
              refused);
  CHECK(granter->http.get("/api/security/me").body.find("people:user:terminate") == std::string::npos);
}

TEST_CASE(
    "Security: an admin does not grant OWNER, nor can the assigner of a shop make himself its manager") {
  desk d;
  auto admin = holder_of(d, "ADMIN");
  auto friendly = d.user();
  check_error(assign(*admin, d.assignment(friendly.user_id, "OWNER")), 403, refused);
  CHECK(assign(*admin, d.assignment(friendly.user_id, "HR")).status == 201);
  std::string name;
  holder_of_keys(d, {"people:role_assignment:create"}, &name);
  auto assigner = holder_of(d, name, demo_shop);
  auto nobodys = d.user();
  check_error(assign(*assigner, d.assignment(assigner->user_id, "SHOP_MANAGER", demo_shop)), 403, refused);
  check_error(assign(*assigner, d.assignment(nobodys.user_id, "SHOP_MANAGER", demo_shop)), 403, refused);
  CHECK(assign(*assigner, d.assignment(nobodys.user_id, name, demo_shop)).status == 201);
  check_error(assign(*assigner, d.assignment(nobodys.user_id, name, los_angeles_shop)), 403, "ACCESS_DENIED");
}

TEST_CASE("Security: HR disables a mechanic, and neither an owner nor a manager; an admin no owner [D-50]") {
  desk d;
  auto hr = holder_of(d, "HR"), admin = holder_of(d, "ADMIN");
  auto disable = [](visitor& by, const newcomer& whom) {
    return by.http.post("/api/people/users/" + whom.user_id + "/disable", "{}");
  };
  auto oscar = d.user(true), marta = d.user(), miguel = d.user();
  d.assigned(d.assignment(oscar.user_id, "OWNER"));
  d.assigned(d.assignment(marta.user_id, "MANAGER"));
  d.assigned(d.assignment(miguel.user_id, "MECHANIC", demo_shop));
  check_error(disable(*hr, oscar), 403, refused);
  check_error(disable(*hr, marta), 403, refused);
  check_error(disable(*admin, oscar), 403, refused);
  CHECK(d.server.sign_in(oscar.username, first_password).status == 200);
  CHECK(disable(*hr, miguel).status == 200);
  CHECK(disable(*admin, marta).status == 200);
}

TEST_CASE("Security: nobody gives for longer than they hold, or takes what outlasts them [D-50]") {
  desk d;
  auto temporary = d.user(true);
  auto until_tomorrow = d.assignment(temporary.user_id, "SECURITY_ADMIN");
  until_tomorrow["effectiveEndDate"] = tomorrow;
  d.assigned(until_tomorrow);
  auto eve = d.server.signed_in(temporary.username, first_password);
  auto friendly = d.user();
  auto wanted = d.assignment(friendly.user_id, "SECURITY_ADMIN");
  check_error(assign(*eve, wanted), 403, refused);
  wanted["effectiveEndDate"] = tomorrow;
  auto given = assign(*eve, wanted);
  REQUIRE(given.status == 201);
  auto path = "/api/people/role-assignments/" + text_at(given, "/assignmentId");
  check_error(eve->http.send("PATCH", path, body({{"effectiveEndDate", nullptr}, {"version", 1}})), 403,
              refused);
  auto lasting = d.assigned(d.assignment(friendly.user_id, "SECURITY_ADMIN"));
  check_error(eve->http.post("/api/people/role-assignments/" + lasting + "/end", "{}"), 403, refused);
  CHECK(eve->http.post(path + "/end", "{}").status == 200);
}

TEST_CASE("Security: an owner until a date extends nothing beyond it, their own assignment first of all") {
  desk d;
  auto temporary = d.user(true);
  auto until_tomorrow = d.assignment(temporary.user_id, "OWNER");
  until_tomorrow["effectiveEndDate"] = tomorrow;
  auto own = d.assigned(until_tomorrow);
  auto oscar = d.server.signed_in(temporary.username, first_password);
  auto path = "/api/people/role-assignments/" + own;
  check_error(oscar->http.send("PATCH", path, body({{"effectiveEndDate", nullptr}, {"version", 1}})), 403,
              refused);
  auto wanted = d.assignment(d.user().user_id, "OWNER");
  check_error(assign(*oscar, wanted), 403, refused);
  wanted["effectiveEndDate"] = tomorrow;
  CHECK(assign(*oscar, wanted).status == 201);
  check_error(oscar->http.post("/api/security/roles", json({{"roleName", "Lasting " + temporary.username},
                                                            {"allowedScopes", {"GLOBAL"}},
                                                            {"permissionKeys", {"people:person:view"}}})),
              403, refused);
}

TEST_CASE("Security: nobody gives for the last minute, or for no time at all, what they do not hold [D-50]") {
  desk d;
  auto giver = holder_of(d, "SECURITY_ADMIN");
  auto receiver = d.user();
  auto given = [&](std::chrono::seconds from, std::chrono::seconds to) {
    auto wanted = d.assignment(receiver.user_id, "OWNER");
    wanted["effectiveStartDate"] = from_now(from);
    wanted["effectiveEndDate"] = from_now(to);
    return assign(*giver, wanted);
  };
  using std::chrono::seconds;
  check_error(given(seconds{-30}, seconds{-1}), 403, refused);
  check_error(given(seconds{-30}, seconds{-30}), 403, refused);
  check_error(given(seconds{86'400}, seconds{86'400}), 403, refused);
  service pos;
  CHECK(pos.decision(receiver.user_id, "security:authority:any", {}, from_now(seconds{-15})) == "DENY");
}

TEST_CASE("Security: nobody says of a role that gives more than they hold what it is for [D-50]") {
  desk d;
  auto teller = holder_of(d, "SECURITY_ADMIN");
  auto describe = [&](const std::string& role) {
    return teller->http.send("PATCH", "/api/security/roles/" + d.role(role),
                             body({{"description", "Reads lists " + to_string(uuid::generate())}}));
  };
  check_error(describe("OWNER"), 403, refused);
  std::string own;
  holder_of_keys(d, {"people:user:disable"}, &own);
  CHECK(describe(own).status == 200);
}

}  // namespace musterd::testing
