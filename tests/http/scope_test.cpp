#include "tests/http/listed_routes.hpp"
#include "tests/http/placement_desk.hpp"
#include "tests/http/work_execution.hpp"

#include "common/uuid.hpp"

#include <fmt/format.h>

/// Who is shown whom (docs/decisions/0034-scope.md): every read of the OpenAPI document, asked by somebody
/// who holds every permission at one shop, about somebody of another.
namespace musterd::testing {
namespace {

/// What may be asked for by a query parameter's name.
using questions = std::map<std::string, std::vector<std::string>>;

/// Somebody of a shop, in everything that is listed; all their words and ids.
struct traces {
  std::string mark;
  newcomer who;
  std::vector<std::string> ids;

  /// The first of them that a text has, or nothing.
  std::string in(const std::string& text) const {
    if (text.find(mark) != std::string::npos)
      return mark;
    for (const auto& id : ids)
      if (text.find(id) != std::string::npos)
        return id;
    return {};
  }
};

class two_shops : public placement_desk {
 public:
  two_shops() : placement_desk{own_server()} {
    auto made = owner->http.post("/api/security/roles",
                                 json({{"roleName", "Everything " + to_string(uuid::generate())},
                                       {"allowedScopes", boost::json::array{"LOCATION"}},
                                       {"permissionKeys", all_keys()}}));
    REQUIRE_MESSAGE(made.status == 201, made.body);
    auto user_of_holder = user(true);
    auto role = assignment(user_of_holder.user_id, "MECHANIC", demo_shop);
    role["roleId"] = text_at(made, "/roleId");
    auto given = owner->http.post("/api/people/role-assignments", json(role));
    REQUIRE_MESSAGE(given.status == 201, given.body);
    holder = server.signed_in(user_of_holder.username, first_password);
  }

  /// Brings somebody in at a shop, who then works there.
  traces working_at(const std::string& shop) {
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
    db.exec(fmt::format(
        "INSERT INTO people.on_the_clock (tenant_id, person_id, location_id, clocked_in_at, "
        "clock_session_id, "
        "timecard_id) SELECT tenant_id, person_id, location_id, clock_in_at, id, timecard_id FROM "
        "people.clock_session WHERE id = '{}' ON CONFLICT DO NOTHING",
        result.ids[5]));
    return result;
  }

  std::unique_ptr<visitor> owner = server.signed_in("demo.owner"), holder;

 private:
  static company_server& own_server() {
    static company_server result;
    return result;
  }
  boost::json::array all_keys() {
    boost::json::array result;
    for (int index = 0;; ++index) {
      auto page =
          json_of(owner->http.get(fmt::format("/api/security/permissions?pageSize=100&pageIndex={}", index)));
      for (const auto& item : page.at("items").as_array())
        result.emplace_back(text_at(item, "/permissionKey"));
      if (page.at("items").as_array().size() < 100)
        return result;
    }
  }
};

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

/// A read, as the OpenAPI document has it.
struct read_route {
  listed_route route;
  std::vector<std::string> required, optional;
  bool takes_id() const { return route.path.find('{') != std::string::npos; }
};

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

/// Every way to ask a route about somebody: each id in its path, each filter alone.
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

/// Whether any way to ask shows a trace of somebody to `by`.
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

/// An error without what differs from request to request.
std::string bare(const http_answer& answer) {
  auto object = json_of(answer).as_object();
  for (const auto* changing : {"correlationId", "timestamp"})
    object.erase(changing);
  if (object.contains("details") && object["details"].is_object())
    object["details"].as_object().erase("decisionId");
  return fmt::format("{} {}", answer.status, json(object));
}

/// Exports are one's own, whoever they are about.
bool is_own_export(const read_route& read) {
  return read.route.path.starts_with("/api/audit/exports/");
}

}  // namespace

TEST_CASE("Security: scope: every route that a permission at one shop opens says whose people it shows") {
  int said = 0;
  for (const auto& route : listed_routes(shared_server())) {
    CAPTURE(route.method);
    CAPTURE(route.path);
    bool opened_by_a_shop = route.access == "PERMISSION";
    CHECK((route.people == "NONE" || route.people == "OF_COVERED_SHOPS") == opened_by_a_shop);
    said += opened_by_a_shop;
  }
  CHECK(said >= 20);
}

TEST_CASE(
    "Security: scope: no read shows a shop's holder anything of another shop's people, whoever asks how") {
  two_shops d;
  auto here = d.working_at(demo_shop), there = d.working_at(chicago_shop);
  int shown = 0;
  for (const auto& read : reads_of(d.server)) {
    CAPTURE(read.route.path);
    for (const auto& path : ways_to_ask(read, there)) {
      auto answer = d.holder->http.get(path);
      CAPTURE(path);
      CHECK(answer.status < 500);
      CHECK_MESSAGE(there.in(answer.body).empty(), answer.body);
    }
    if (read.route.people != "OF_COVERED_SHOPS" || is_own_export(read))
      continue;
    // What shows nobody anything would prove nothing.
    CHECK_MESSAGE(shows(*d.owner, read, there), "the owner is shown nobody: let working_at do more");
    CHECK_MESSAGE(shows(*d.holder, read, here), "the holder is not shown the people of the own shop");
    ++shown;
  }
  CHECK(shown >= 10);
}

TEST_CASE("Security: scope: whoever has left a shop has left its holders' reads, with all that was there") {
  two_shops d;
  auto left = d.working_at(demo_shop);
  CHECK(d.end(left.ids[2]).status == 200);
  CHECK(d.finish(left.ids[3]).status == 200);
  d.placed(d.placement(left.who.person_id, chicago_shop));
  int asked = 0;
  for (const auto& read : reads_of(d.server)) {
    // The trail is the shop's, not the person's.
    if (read.route.people != "OF_COVERED_SHOPS" || read.route.path.starts_with("/api/audit/"))
      continue;
    CAPTURE(read.route.path);
    CHECK_FALSE(shows(*d.holder, read, left));
    CHECK(shows(*d.owner, read, left));
    ++asked;
  }
  CHECK(asked >= 8);
}

TEST_CASE("Security: scope: somebody of another shop is answered exactly as nobody") {
  two_shops d;
  auto there = d.working_at(chicago_shop);
  int compared = 0;
  auto same = [&](const std::string& of_them, const std::string& of_nobody) {
    CAPTURE(of_them);
    auto theirs = d.holder->http.get(of_them), nobodys = d.holder->http.get(of_nobody);
    CHECK(bare(theirs) == bare(nobodys));
    compared += nobodys.status == 404;
  };
  for (const auto& read : reads_of(d.server)) {
    std::string needed;
    auto answers_to = about(there);
    for (const auto& name : read.required)
      needed += '&' + name + '=' + answers_to[name].front();
    for (const auto& id : there.ids) {
      if (read.takes_id())
        same(read.route.path_with(id) + '?' + needed, read.route.path_with(nobody) + '?' + needed);
      for (const auto& name : read.optional)
        if (name == "personId" || name == "userId")
          same(read.route.path + '?' + name + '=' + id, read.route.path + '?' + name + '=' + nobody);
    }
  }
  CHECK(compared >= 30);
  for (const std::string path : {"/api/people/role-assignments/", "/api/people/location-assignments/"}) {
    auto changed = [&](const std::string& id) {
      return bare(d.holder->http.send(
          "PATCH", path + id,
          body({{path.find("role") == std::string::npos ? "effectiveEndAt" : "effectiveEndDate", nullptr},
                {"version", 1}})));
    };
    auto ended = [&](const std::string& id) { return bare(d.holder->http.post(path + id + "/end", "{}")); };
    for (const auto& id : there.ids) {
      CHECK(changed(id) == changed(nobody));
      CHECK(ended(id) == ended(nobody));
    }
  }
}

TEST_CASE("Security: scope: counts and pages know only the shop's people") {
  two_shops d;
  auto here = d.working_at(demo_shop), there = d.working_at(chicago_shop);
  const std::string named_so = "/api/people/persons?search=Zimmer&pageSize=1";
  auto first = json_of(d.holder->http.get(named_so + "&pageIndex=0"));
  auto everybody = json_of(d.owner->http.get(named_so));
  auto of_shop = [&](visitor& by) {
    std::vector<std::string> met;
    std::string next;
    for (;;) {
      auto page = json_of(by.http.get(named_so + next));
      for (const auto& item : page.at("items").as_array())
        met.push_back(text_at(item, "/firstName"));
      if (text_at(page, "/nextPageToken") == "null")
        return met;
      next = "&pageToken=" + text_at(page, "/nextPageToken");
    }
  };
  auto mine = of_shop(*d.holder), all = of_shop(*d.owner);
  CHECK(text_at(first, "/totalCount") == std::to_string(mine.size()));
  CHECK(text_at(everybody, "/totalCount") == std::to_string(all.size()));
  CHECK(std::count(mine.begin(), mine.end(), here.mark) == 1);
  CHECK(std::count(mine.begin(), mine.end(), there.mark) == 0);
  CHECK(std::count(all.begin(), all.end(), there.mark) == 1);
  // A token of the whole company is none of the shop.
  check_error(d.holder->http.get(named_so + "&pageToken=" + text_at(everybody, "/nextPageToken")), 400,
              "VALIDATION_FAILED");
}

TEST_CASE("Security: scope: people are seen from the day they are entered for a shop until they leave it") {
  two_shops d;
  auto nina = d.person();
  auto seen = [&] {
    auto page = json_of(d.holder->http.get("/api/people/persons?search=" + nina.email));
    return page.at("items").as_array().size() == 1;
  };
  CHECK_FALSE(seen());
  auto coming = d.placement(nina.person_id);
  coming["effectiveStartAt"] = tomorrow;
  auto id = d.placed(coming);
  CHECK(seen());
  CHECK(d.holder->http.get(d.path + "/" + id).status == 200);
  CHECK(d.finish(id, {{"effectiveEndAt", tomorrow}}).status == 200);  // never to begin
  CHECK_FALSE(seen());
  check_error(d.holder->http.get(d.path + "/" + id), 404, "ASSIGNMENT_NOT_FOUND");
  d.provision(nina);
  auto user_id =
      text_of(d.server.db(),
              fmt::format("SELECT user_id FROM security.app_user WHERE person_id = '{}'", nina.person_id));
  auto role = d.assigned(d.assignment(user_id, "MECHANIC", demo_shop));
  CHECK(seen());
  CHECK(d.end(role).status == 200);
  CHECK_FALSE(seen());
  d.assigned(d.assignment(user_id, "MANAGER"));  // everywhere is at no shop
  CHECK_FALSE(seen());
  d.placed(d.placement(nina.person_id, chicago_shop));
  CHECK_FALSE(seen());
}

}  // namespace musterd::testing
