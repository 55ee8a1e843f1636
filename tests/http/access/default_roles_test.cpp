#include "tests/http/time/desk.hpp"

#include <functional>

/// What the default roles grant, key by key: no route uses most keys of future stories yet.
namespace musterd::testing {
namespace {

using keys = std::set<std::string>;

struct roles_of_company {
  company_server server;
  std::unique_ptr<visitor> owner = server.signed_in("demo.owner");

  boost::json::array listed(const std::string& path) {
    auto answer = owner->http.get(path + "pageSize=100");
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    REQUIRE(text_at(answer, "/nextPageToken") == "null");
    return json_of(answer).at("items").as_array();
  }
  keys granted_by(const std::string& role) {
    keys result;
    for (const auto& item : listed("/api/security/roles?"))
      if (text_at(item, "/roleName") == role)
        for (const auto& key : item.at("permissionKeys").as_array())
          result.emplace(key.as_string());
    return result;
  }
  /// The server's own keys that match.
  keys matching(const std::function<bool(const std::string&)>& wanted) {
    keys result;
    for (const auto& item : listed("/api/security/permissions?"))
      if (text_at(item, "/serviceName") == "musterd" && wanted(text_at(item, "/permissionKey")))
        result.insert(text_at(item, "/permissionKey"));
    return result;
  }
};

keys with(keys some, const keys& more) {
  some.insert(more.begin(), more.end());
  return some;
}

keys without(keys some, const keys& others) {
  for (const auto& key : others)
    some.erase(key);
  return some;
}

}  // namespace

TEST_CASE("default roles: each grants what the documents say, and no more "
          "[D-65 D-66 D-67 D-68 D-69 D-70 D-71 D-72 D-73 D-74]") {
  roles_of_company c;
  auto all = c.matching([](const auto&) { return true; }),
       views = c.matching([](const auto& key) { return key.ends_with(":view"); }),
       security = c.matching([](const auto& key) { return key.starts_with("security:"); }),
       timekeeping = c.matching([](const auto& key) { return key.starts_with("timekeeping:"); });
  auto views_in = [&](const std::string& domain) {
    return c.matching([&](const auto& key) { return key.starts_with(domain) && key.ends_with(":view"); });
  };
  auto time_views = views_in("timekeeping:"), work_views = views_in("workexec:");
  REQUIRE(all.size() > 60);
  REQUIRE(!time_views.empty());

  CHECK(c.granted_by("OWNER") == all);
  CHECK(c.granted_by("GLOBAL_ADMIN") == all);
  CHECK(c.granted_by("ADMIN") == without(all, {"people:user:keep_assignments", "security:authority:any"}));
  CHECK(c.granted_by("SECURITY_ADMIN") ==
        with(without(security, {"security:authority:any"}),
             {"people:role_assignment:view", "people:role_assignment:create", "people:role_assignment:update",
              "people:user:disable", "people:user:enable"}));
  CHECK(
      c.granted_by("HR") ==
      with(time_views, {"people:person:view", "people:person_data:export", "people:employee:view",
                        "people:employee:create", "people:employee:update", "people:location_assignment:view",
                        "people:location_assignment:create", "people:location_assignment:update",
                        "people:user:disable", "people:offboarding_case:view"}));
  auto managing = with(
      with(work_views, without(timekeeping, {"timekeeping:policy:manage", "timekeeping:time_period:manage"})),
      {"people:person:view", "people:employee:view", "people:location:view",
       "people:location_assignment:view", "people:location_assignment:create",
       "people:location_assignment:update"});
  CHECK(c.granted_by("MANAGER") == managing);
  CHECK(c.granted_by("SHOP_MANAGER") == managing);
  CHECK(c.granted_by("ACCOUNTING") ==
        with(time_views, {"timekeeping:time_period:manage", "timekeeping:timekeeping_entry:approve",
                          "security:financial_audit:view", "security:financial_audit:export"}));
  CHECK(c.granted_by("AUDITOR") ==
        with(views, {"security:audit_entry:export", "security:financial_audit:export"}));
  for (const auto* role : {"DISPATCHER", "SERVICE_WRITER", "ADVISOR"})
    CHECK(c.granted_by(role) == with(work_views, {"people:person:view", "people:location:view"}));
  CHECK(c.granted_by("MECHANIC") ==
        keys{"timekeeping:timecard:record", "timekeeping:time_entry:submit", "workexec:job_timer:record"});
  CHECK(c.granted_by("READ_ONLY") ==
        without(views, {"security:session:view", "security:audit_entry:view", "security:audit_payload:view",
                        "security:financial_audit:view"}));
  CHECK(c.granted_by("REPORTING") == keys{"timekeeping:discrepancy_report:view"});
  CHECK(c.granted_by("INVENTORY").empty());
}

}  // namespace musterd::testing
