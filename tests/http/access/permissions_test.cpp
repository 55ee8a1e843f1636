#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// The guide's permission registry; and the shops, which are managed the same way.
namespace musterd::testing {
namespace {

/// A domain of this test's own: letters and digits after a letter.
std::string new_domain() {
  auto id = to_string(uuid::generate());
  std::erase(id, '-');
  return "d" + id;
}

boost::json::object offer(const std::string& domain, const std::vector<std::string>& keys,
                          const std::string& description = "Does something") {
  boost::json::array permissions;
  for (const auto& key : keys)
    permissions.push_back(boost::json::object{{"key", key}, {"description", description}});
  return {{"domain", domain}, {"serviceName", "demo.pos"}, {"version", "1"}, {"permissions", permissions}};
}

http_answer register_keys(service& s, const boost::json::object& what) {
  return s.http.post("/internal/permissions/register", json(what));
}

void check_counts(const http_answer& answer, const char* registered, const char* updated,
                  const char* unchanged) {
  REQUIRE_MESSAGE(answer.status == 200, answer.body);
  CHECK(text_at(answer, "/registered") == registered);
  CHECK(text_at(answer, "/updated") == updated);
  CHECK(text_at(answer, "/unchanged") == unchanged);
}

}  // namespace

TEST_CASE("permissions: registering permissions is idempotent [G-PERM-3 G-PERM-4 G-AUD-4 D-63]") {
  desk d;
  service pos;
  auto domain = new_domain();
  const std::vector<std::string> keys{domain + ":price_book:edit", domain + ":price_book:view"};
  check_counts(register_keys(pos, offer(domain, keys)), "2", "0", "0");
  for (int i = 0; i < 3; ++i)
    check_counts(register_keys(pos, offer(domain, keys)), "0", "0", "2");
  auto changed = offer(domain, keys);
  changed["permissions"].at(0).as_object()["description"] = "Edits prices";
  check_counts(register_keys(pos, changed), "0", "1", "1");
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.permission WHERE tenant_id = "
                                             "'{}' AND permission_key LIKE '{}:%'",
                                             demo_tenant, domain)) == 2);
  auto audited =
      number_of(d.server.db(),
                fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = 'permission.registered' "
                            "AND details->'afterState'->>'permissionKey' LIKE '{}:%'",
                            domain));
  CHECK(audited == 3);
  // From now on roles may grant them.
  auto role =
      d.admin->http.post("/api/security/roles", json({{"roleName", "Pricing " + domain},
                                                      {"allowedScopes", boost::json::array{"GLOBAL"}},
                                                      {"permissionKeys", boost::json::array{keys[0]}}}));
  REQUIRE(role.status == 201);
  auto ann = d.user();
  d.assigned(d.assignment(ann.user_id, "Pricing " + domain));
  CHECK(pos.decision(ann.user_id, keys[0]) == "ALLOW");
  CHECK(pos.decision(ann.user_id, keys[1]) == "DENY");
}

TEST_CASE(
    "permissions: a malformed key refuses the whole registration, and every bad key is named [G-PERM-1]") {
  desk d;
  service pos;
  auto domain = new_domain();
  const std::vector<std::string> bad{"x",
                                     domain + ":Bad:view",
                                     domain + ":a-b:view",
                                     domain + ":a",
                                     "x:a:view",
                                     domain + ":a:view:me",
                                     domain + "::view",
                                     domain + ":a:1st",
                                     domain + ":dup:view"};
  auto keys = bad;
  keys.push_back(domain + ":dup:view");
  keys.push_back(domain + ":good:view");
  auto refused = register_keys(pos, offer(domain, keys));
  REQUIRE(refused.status == 400);
  CHECK(text_at(refused, "/code") == "VALIDATION_FAILED");
  auto errors = json_of(refused).at("fieldErrors").as_array();
  CHECK(errors.size() == bad.size());
  for (std::size_t i = 0; i + 1 < bad.size(); ++i) {
    CAPTURE(bad[i]);
    CHECK(text_at(errors[i], "/message").starts_with(bad[i]));
  }
  CHECK(refused.body.find(":good:view") == std::string::npos);
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.permission WHERE permission_key "
                                             "LIKE '{}:%'",
                                             domain)) == 0);
  auto empty = register_keys(pos, offer(domain, {domain + ":a:view"}, " "));
  CHECK(empty.status == 400);
}

TEST_CASE("Security: no key is longer than 200 bytes, and one that is ends nobody's company") {
  desk d;
  service pos;
  auto domain = new_domain();
  auto key_of = [&](std::size_t bytes) {
    auto key = domain + ":a:";
    for (auto more = to_string(uuid::generate()); key.size() < bytes; more = to_string(uuid::generate())) {
      std::erase(more, '-');
      key += "x" + more;
    }
    return key.substr(0, bytes);
  };
  for (std::size_t bytes : {201, 3000, 60'000}) {
    auto refused = register_keys(pos, offer(domain, {key_of(bytes)}));
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(refused) == std::set<std::string>{"permissions.[0].key"});
    CHECK(text_at(refused, "/fieldErrors/0/message") ==
          "permissions.[0].key must not be longer than 200 bytes.");
    CHECK(refused.body.size() < 1000);
  }
  auto of_long_domain =
      register_keys(pos, offer(std::string(60'000, 'd'), {domain + ":a:b", domain + ":a:c"}));
  CHECK(wrong_fields(of_long_domain) == std::set<std::string>{"domain"});
  CHECK(of_long_domain.body.size() < 1000);
  check_counts(register_keys(pos, offer(domain, {key_of(200)})), "1", "0", "0");
}

TEST_CASE("permissions: a key belongs to the service that registered it first [G-PERM-2 D-63]") {
  service pos;
  auto domain = new_domain();
  check_counts(register_keys(pos, offer(domain, {domain + ":a:view"})), "1", "0", "0");
  auto theirs = offer(domain, {domain + ":a:view", domain + ":b:view"}, "Stolen");
  desk d;
  auto thief = "thief." + domain;
  auto let_in = d.admin->http.post("/api/security/services",
                                   json({{"name", thief}, {"scopes", {"security:permission:register"}}}));
  REQUIRE_MESSAGE(let_in.status == 201, let_in.body);
  theirs["serviceName"] = thief;
  check_error(register_keys(pos, theirs), 403, "NOT_YOUR_SERVICE_NAME");
  auto signed_in = d.server.client().post("/api/security/auth/token",
                                          json({{"grantType", "client_credentials"},
                                                {"clientId", thief},
                                                {"clientSecret", text_at(let_in, "/clientSecret")}}));
  service other;
  other.http.use_token(text_at(signed_in, "/accessToken"));
  check_error(register_keys(other, offer(domain, {domain + ":a:view"}, "Stolen")), 403,
              "NOT_YOUR_SERVICE_NAME");
  auto answer = register_keys(other, theirs);
  check_counts(answer, "1", "0", "0");
  CHECK(json_of(answer).at("errors").as_array().size() == 1);
  CHECK(text_at(answer, "/errors/0/message").find(domain + ":a:view") != std::string::npos);
  CHECK(text_of(shared_server().db(),
                fmt::format("SELECT description || ' ' || service_name FROM security.permission WHERE "
                            "permission_key = '{}:a:view' AND tenant_id = '{}'",
                            domain, demo_tenant)) == "Does something demo.pos");
  // The server's own keys are taken from the start, and so are their domains.
  auto own = register_keys(pos, offer("people", {"people:person:view"}, "Anything"));
  check_counts(own, "0", "0", "0");
  CHECK(json_of(own).at("errors").as_array().size() == 1);
  auto in_ours = register_keys(pos, offer("security", {"security:vault:open"}, "Anything"));
  check_counts(in_ours, "0", "0", "0");
  CHECK(text_at(in_ours, "/errors/0/message") == "security:vault:open belongs to musterd.");
  auto as_us = offer("security", {"security:authority:any"}, "Harmless.");
  as_us["serviceName"] = "musterd";
  check_error(register_keys(pos, as_us), 403, "NOT_YOUR_SERVICE_NAME");
  CHECK(number_of(shared_server().db(),
                  "SELECT count(*) FROM security.permission WHERE permission_key = 'security:vault:open' OR "
                  "description = 'Harmless.'") == 0);
}

TEST_CASE("permissions: the registry is listed by domain and by words, in pages [G-PERM-5 G-API-1]") {
  desk d;
  service pos;
  auto domain = new_domain();
  std::vector<std::string> keys;
  for (int i = 0; i < 45; ++i)
    keys.push_back(fmt::format("{}:thing{:02}:view", domain, i));
  register_keys(pos, offer(domain, keys));
  auto list = [&](const std::string& query) {
    return json_of(d.admin->http.get("/api/security/permissions?" + query));
  };
  auto page = list("pageSize=20&pageIndex=2&domain=" + domain);
  CHECK(text_at(page, "/totalCount") == "45");
  REQUIRE(page.at("items").as_array().size() == 5);
  CHECK(text_at(page, "/items/0/permissionKey") == domain + ":thing40:view");
  CHECK(text_at(page, "/items/0/serviceName") == "demo.pos");
  CHECK(text_at(list("search=THING44&domain=" + domain), "/totalCount") == "1");
  CHECK(text_at(list("domain=" + domain.substr(0, 10)), "/totalCount") == "0");
  auto own = list("domain=security&pageSize=100");
  CHECK(own.at("items").as_array().size() == 24);
  CHECK(text_at(own, "/items/0/serviceName") == "musterd");
  check_error(d.admin->http.get("/api/security/permissions?colour=red"), 400, "VALIDATION_FAILED");
  check_error(d.server.new_mechanic()->http.get("/api/security/permissions"), 403, "ACCESS_DENIED");
}

TEST_CASE("locations: a shop opens, changes and closes; its code never changes [D-2]") {
  company_server server;  // other tests count the shops
  desk d{server};
  auto code = "S" + to_string(uuid::generate()).substr(24);
  boost::json::object shop{{"code", code}, {"name", "Boston Brakes"}, {"timezone", "America/New_York"}};
  auto made = d.admin->http.post("/api/people/locations", json(shop));
  REQUIRE(made.status == 201);
  CHECK(text_at(made, "/status") == "ACTIVE");
  auto id = text_at(made, "/locationId");
  check_error(d.admin->http.post("/api/people/locations", json(shop)), 409, "LOCATION_CODE_TAKEN");
  auto twin = shop;
  twin["code"] = "s" + code.substr(1);
  check_error(d.admin->http.post("/api/people/locations", json(twin)), 409, "LOCATION_CODE_TAKEN");
  twin["code"] = "nyc";
  check_error(d.admin->http.post("/api/people/locations", json(twin)), 409, "LOCATION_CODE_TAKEN");
  auto bad = shop;
  bad["timezone"] = "America/Nowhere";
  bad["code"] = "";
  auto refused = d.admin->http.post("/api/people/locations", json(bad));
  CHECK(wrong_fields(refused) == std::set<std::string>{"timezone", "code"});
  // People can be sent there at once.
  auto ann = d.user();
  CHECK(d.assign(d.assignment(ann.user_id, "MECHANIC", id)).status == 201);

  auto patch = [&](const boost::json::object& changes) {
    return d.admin->http.send("PATCH", "/api/people/locations/" + id, body(changes));
  };
  auto changed = patch({{"name", "Boston Tires"}, {"status", "INACTIVE"}, {"version", 1}});
  REQUIRE(changed.status == 200);
  CHECK(changed.header("etag") == "\"2\"");
  CHECK(text_at(changed, "/name") == "Boston Tires");
  CHECK(text_at(changed, "/code") == code);
  check_error(patch({{"name", "Late"}, {"version", 1}}), 409, "VERSION_CONFLICT");
  CHECK(wrong_fields(patch({{"code", "X"}})) == std::set<std::string>{"code"});
  check_error(d.admin->http.send("PATCH", "/api/people/locations/" + std::string{rival_shop},
                                 body({{"name", "Ours"}})),
              404, "LOCATION_NOT_FOUND");
  CHECK(d.audit(id, "LOCATION_CREATED").size() == 1);
  CHECK(d.audit(id, "LOCATION_UPDATED").size() == 1);
  CHECK(json_of(d.admin->http.get("/api/people/locations/" + id)) == json_of(changed));
}

}  // namespace musterd::testing
