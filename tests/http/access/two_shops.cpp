#include "tests/http/access/two_shops.hpp"

#include "tests/http/people/work_execution.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

company_server& own_server() {
  static company_server result;
  return result;
}

boost::json::array all_keys(visitor& owner) {
  boost::json::array result;
  for (int index = 0;; ++index) {
    auto page =
        json_of(owner.http.get(fmt::format("/api/security/permissions?pageSize=100&pageIndex={}", index)));
    for (const auto& item : page.at("items").as_array())
      result.emplace_back(text_at(item, "/permissionKey"));
    if (page.at("items").as_array().size() < 100)
      return result;
  }
}

/// The values to ask for, by query parameter.
using questions = std::map<std::string, std::vector<std::string>>;

questions about(const traces& who) {
  return {{"personId", {who.who.person_id}},
          {"userId", {who.who.user_id}},
          {"actorId", {who.who.user_id}},
          {"subjectId", who.ids},
          {"locationId", {demo_shop, chicago_shop}},
          {"search", {who.mark, "elsewhere.test", "Zimmer", "zi"}},
          {"eligible", {"true"}},
          {"status", {"ACTIVE"}},
          {"state", {"active", "history", "all", "COMPLETED", "OPEN"}},
          {"at", {from_now({}), from_now(std::chrono::hours{-1}), tomorrow, "2026-01-01T00:00:00Z"}},
          {"includeHistory", {"true"}},
          {"from", {from_now(std::chrono::hours{-48}).substr(0, 10)}},
          {"to", {tomorrow.substr(0, 10)}},
          {"date", {from_now({}).substr(0, 10)}},
          {"dateFrom", {"2026-01-01T00:00:00Z"}},
          {"dateTo", {tomorrow}},
          {"category", {"PEOPLE", "TIMEKEEPING", "SECURITY"}},
          {"eventType", {"PersonLocationAssignmentCreated", "access.denied"}},
          {"subjectType", {"User", "Person", "PersonLocationAssignment", "RoleAssignment"}},
          {"reference", {"person:" + who.who.person_id}},
          {"domain", {"people"}},
          {"format", {"json", "csv"}},
          {"queue", {"people.link"}},
          {"type", {"UserProvisioned"}},
          {"reason", {"MALFORMED"}},
          {"roleId", {nobody}}};
}

}  // namespace

two_shops::two_shops() : placement_desk{own_server()} {
  auto made =
      owner->http.post("/api/security/roles", json({{"roleName", "Everything " + to_string(uuid::generate())},
                                                    {"allowedScopes", boost::json::array{"LOCATION"}},
                                                    {"permissionKeys", all_keys(*owner)}}));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  auto user_of_holder = user(true);
  auto role = assignment(user_of_holder.user_id, "MECHANIC", demo_shop);
  role["roleId"] = text_at(made, "/roleId");
  auto given = owner->http.post("/api/people/role-assignments", json(role));
  REQUIRE_MESSAGE(given.status == 201, given.body);
  holder = server.signed_in(user_of_holder.username, first_password);
}

traces two_shops::working_at(const std::string& shop) {
  auto mark = "mark" + to_string(uuid::generate()).substr(24);
  auto created = admin->http.post(
      "/api/people/persons",
      json({{"firstName", mark}, {"lastName", "Zimmer"}, {"primaryEmail", mark + "@elsewhere.test"}}));
  REQUIRE_MESSAGE(created.status == 201, created.body);
  newcomer who{text_at(created, "/personId"), mark + "@elsewhere.test", mark, {}};
  auto provisioned = provision(who, {{"password", first_password}});
  who.user_id = text_at(provisioned, "/userId");
  REQUIRE_MESSAGE(uuid::parse(who.user_id).has_value(), provisioned.body);
  traces result{mark, who, {who.person_id, who.user_id}};
  result.ids.push_back(assigned(assignment(who.user_id, "MECHANIC", shop)));
  result.ids.push_back(placed(placement(who.person_id, shop, true)));
  auto worker = server.signed_in(who.username, first_password);
  auto in = worker->clock_in(shop);
  result.ids.push_back(text_at(in, "/timecard/id"));
  result.ids.push_back(text_at(in, "/clockSession/id"));
  result.ids.push_back(text_at(worker->start_break(), "/id"));
  result.ids.push_back(text_at(start_timer(*worker, shop), "/timerId"));
  result.ids.push_back(text_of(
      server.db(), fmt::format("SELECT entry_id FROM audit.entry WHERE subject_id = '{}'", result.ids[3])));
  for (const auto& id : result.ids)
    REQUIRE(uuid::parse(id).has_value());
  pqxx::nontransaction db{server.db()};
  db.exec(
      fmt::format("INSERT INTO people.on_the_clock (tenant_id, person_id, location_id, clocked_in_at, "
                  "clock_session_id, "
                  "timecard_id) SELECT tenant_id, person_id, location_id, clock_in_at, id, timecard_id FROM "
                  "people.clock_session WHERE id = '{}' ON CONFLICT DO NOTHING",
                  result.ids[5]));
  return result;
}

std::vector<read_route> reads_of(company_server& server) {
  auto document = json_of(server.client().get("/openapi.json"));
  std::vector<read_route> result;
  for (const auto& route : listed_routes(server)) {
    if (route.method != "GET" || route.access == "OPEN" || route.access == "INTERNAL")
      continue;
    read_route read{route, {}, {}};
    const auto& operation = document.at("paths").at(route.path).at("get");
    if (has(operation, "/parameters"))
      for (const auto& p : operation.at("parameters").as_array())
        if (text_at(p, "/in") == "query" && !text_at(p, "/name").starts_with("page"))
          (text_at(p, "/required") == "true" ? read.required : read.optional).push_back(text_at(p, "/name"));
    result.push_back(std::move(read));
  }
  return result;
}

std::vector<std::string> ways_to_ask(const read_route& read, const traces& who) {
  auto answers_to = about(who);
  auto values_of = [&](const std::string& name) {
    CHECK_MESSAGE(!answers_to[name].empty(),
                  fmt::format("say above what {} is asked for as {}", read.route.path, name));
    return answers_to[name];
  };
  std::vector<std::string> paths;
  auto ids = who.ids;
  ids.emplace_back(demo_shop);
  ids.emplace_back(chicago_shop);
  if (read.takes_id())
    for (const auto& id : ids)
      paths.push_back(read.route.path_with(id) + "?");
  else
    paths.push_back(read.route.path + "?pageSize=100");
  auto with = [](const std::vector<std::string>& all, const std::string& name,
                 const std::vector<std::string>& values) {
    std::vector<std::string> result;
    for (const auto& path : all)
      for (const auto& value : values)
        result.push_back(path + (path.ends_with('?') ? "" : "&") + name + '=' + value);
    return result;
  };
  for (const auto& name : read.required)
    paths = with(paths, name, values_of(name));
  auto result = paths;
  for (const auto& name : read.optional)
    for (auto& path : with(paths, name, values_of(name)))
      result.push_back(std::move(path));
  return result;
}

bool shows(visitor& by, const read_route& read, const traces& who) {
  for (const auto& path : ways_to_ask(read, who)) {
    auto answer = by.http.get(path);
    CAPTURE(path);
    CHECK(answer.status < 500);
    if (answer.status == 200 && !who.in(answer.body).empty())
      return true;
  }
  return false;
}

std::string needed_by(const read_route& read, const traces& who) {
  std::string result;
  auto answers_to = about(who);
  for (const auto& name : read.required)
    result += '&' + name + '=' + answers_to[name].front();
  return result;
}

}  // namespace musterd::testing
