#include "tests/http/access/listed_routes.hpp"
#include "tests/http/people/placement_desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <atomic>
#include <future>

/// What all lists have in common, and what does not wait for them.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

const std::string on_the_clock = fmt::format("/api/people/locations/{}/on-the-clock", demo_shop);

/// Resolves a reference within the OpenAPI document.
boost::json::value schema_at(const boost::json::value& document, const boost::json::value& reference) {
  auto name = text_at(reference, "/$ref");
  return name.starts_with("#/") ? document.at_pointer(name.substr(1)) : reference;
}

std::vector<std::string> names_in(const boost::json::value& operation) {
  std::vector<std::string> result;
  if (has(operation, "/parameters"))
    for (const auto& p : operation.at("parameters").as_array())
      result.push_back(text_at(p, "/name"));
  return result;
}

/// A route of the OpenAPI document that answers with items.
struct documented_list {
  std::string path;
  boost::json::value operation, schema;
};

std::vector<documented_list> lists_of(const boost::json::value& document) {
  constexpr auto answer = "/responses/200/content/application~1json/schema";
  std::vector<documented_list> result;
  for (const auto& [path, methods] : document.at("paths").as_object()) {
    if (!has(methods, fmt::format("/get{}", answer)))
      continue;
    const auto& operation = methods.at("get");
    auto schema = schema_at(document, operation.at_pointer(answer));
    if (has(schema, "/properties/items"))
      result.push_back({std::string{path}, operation, schema});
  }
  return result;
}

/// Lists that wait for a lock on who is on the clock.
std::int64_t hanging_lists(company_server& server) {
  return number_of(server.db(), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                                "datname = current_database() AND query LIKE '%FROM people.on_the_clock o%'");
}

/// A timecard of `who` on that day, as a row.
void add_day(company_server& server, const visitor& who, const std::string& date, const std::string& shop) {
  pqxx::nontransaction{server.db()}.exec(
      fmt::format("INSERT INTO people.timecard VALUES ('{}', '{}', '{}', '{}', '{}', 'CLOSED', 1)",
                  demo_tenant, to_string(uuid::generate()), who.person_id, shop, date));
}

}  // namespace

TEST_CASE("lists: while they hang, people sign in and records wake") {
  company_server server{{{"MUSTERD_READS_DEADLINE_MS", "60000"}}};
  auto manager = server.signed_in("demo.manager");
  auto ann = server.new_mechanic();
  pqxx::connection other{server.database().owner_url()};
  pqxx::work lock{other};
  lock.exec("LOCK TABLE people.on_the_clock IN ACCESS EXCLUSIVE MODE");
  std::atomic<int> answered = 0;
  std::vector<std::future<int>> lists;
  for (int i = 0; i < 12; ++i)
    lists.push_back(std::async(std::launch::async, [&] {
      auto client = server.client();
      client.use_token(manager->tokens.access);
      auto status = client.get(on_the_clock).status;
      ++answered;
      return status;
    }));
  CHECK(becomes_true(patience, [&] { return hanging_lists(server) == 2; }));
  CHECK(ann->clock_in().status == 201);  // wakes a timecard
  CHECK(server.sign_in(ann->username, server.password_of("demo.mechanic")).status == 200);
  CHECK(answered == 0);
  lock.commit();
  for (auto& list : lists)
    CHECK(list.get() == 200);
}

TEST_CASE("lists: every one of them waits behind the others, and for nothing else") {
  company_server server{{{"MUSTERD_READS_DEADLINE_MS", "60000"}}};
  auto owner = server.signed_in("demo.owner");
  auto ask = [&](const std::string& path) {
    return std::async(std::launch::async, [&server, &owner, path] {
      auto client = server.client();
      client.use_token(owner->tokens.access);
      return client.get(path).status;
    });
  };
  auto waiting = [&](const std::string& use) {
    return metric(server.client().get("/metrics").body, "reads_waiting{use=\"" + use + "\"}");
  };
  auto lists = lists_of(json_of(server.client().get("/openapi.json")));
  // A user's own timers are in their record, which is awake or woken.
  CHECK(std::erase_if(lists, [](const auto& list) { return list.path == "/api/workexec/timers/active"; }) ==
        1);
  pqxx::connection other{server.database().owner_url()};
  pqxx::work lock{other};
  lock.exec("LOCK TABLE people.on_the_clock IN ACCESS EXCLUSIVE MODE");
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 2; ++i)
    answers.push_back(ask(on_the_clock));
  CHECK(becomes_true(patience, [&] { return hanging_lists(server) == 2; }));
  for (const auto& list : lists) {
    auto names = names_in(list.operation);
    bool of_days = std::count(names.begin(), names.end(), "from") == 1;
    std::string needed = of_days ? "?from=2026-01-01&to=2026-01-31" : "";
    if (list.path.ends_with("/technicians/available"))
      needed = std::string{"?locationId="} + demo_shop;
    answers.push_back(ask(listed_route{"GET", list.path, {}, {}, {}}.path_with(demo_shop) + needed));
  }
  CHECK(becomes_true(20s, [&] { return waiting("LIST") == static_cast<double>(lists.size()); }));
  for (std::size_t i = 0; i < lists.size(); ++i)
    CHECK_MESSAGE(answers[2 + i].wait_for(0s) == std::future_status::timeout, lists[i].path);
  CHECK(waiting("COMMAND") == 0);
  lock.commit();
  for (auto& answer : answers)
    CHECK(answer.get() < 500);
}

TEST_CASE("lists: every route that answers items has pages, tokens and an honest count [D-5 G-API-1]") {
  auto lists = lists_of(json_of(shared_server().client().get("/openapi.json")));
  for (const auto& list : lists) {
    CAPTURE(list.path);
    auto names = names_in(list.operation);
    for (const auto* name : {"pageIndex", "pageSize", "pageToken"})
      CHECK_MESSAGE(std::count(names.begin(), names.end(), name) == 1, name);
    for (const auto* name : {"pageIndex", "pageSize", "totalCount", "totalIsExact", "nextPageToken"})
      CHECK_MESSAGE(has(list.schema, fmt::format("/properties/{}", name)), name);
  }
  CHECK(lists.size() >= 15);
}

TEST_CASE("lists: a token goes on where the page ended; an index reaches the first ten thousand") {
  auto manager = shared_server().signed_in("demo.manager");
  const std::string path = "/api/people/locations?pageSize=2";
  auto first = json_of(manager->http.get(path));
  CHECK(text_at(first, "/totalIsExact") == "true");
  auto token = text_at(first, "/nextPageToken");
  auto second = json_of(manager->http.get(path + "&pageToken=" + token));
  CHECK(second.at("items") == json_of(manager->http.get(path + "&pageIndex=1")).at("items"));
  CHECK(text_at(second, "/pageIndex") == "1");
  CHECK(text_at(second, "/totalCount") == "3");
  CHECK(text_at(second, "/nextPageToken") == "null");
  auto wrong = [&](const std::string& query) {
    auto answer = manager->http.get(query);
    check_error(answer, 400, "VALIDATION_FAILED");
    return wrong_fields(answer);
  };
  CHECK(wrong(path + "&pageToken=next") == std::set<std::string>{"pageToken"});
  CHECK(wrong(path + "&pageIndex=1&pageToken=" + token) == std::set<std::string>{"pageToken"});
  CHECK(wrong("/api/people/persons?pageToken=" + token) == std::set<std::string>{"pageToken"});
  CHECK(manager->http.get(path + "&pageIndex=5000").status == 200);
  check_error(manager->http.get(path + "&pageIndex=5001"), 400, "VALIDATION_FAILED",
              "`pageIndex` reaches the first 10000 items; follow nextPageToken to go on.");
}

TEST_CASE("lists: the timecards of an employee, shops that one may not see left out") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  for (const auto* date : {"2025-03-03", "2025-03-01", "2025-03-02"})
    add_day(server, *ann, date, demo_shop);
  add_day(server, *ann, "2025-03-02", chicago_shop);
  auto path = fmt::format("/api/people/employees/{}/timecards?from=2025-01-01&to=2025-12-31&pageSize=2",
                          ann->person_id);
  auto days = [&](visitor& who) {
    std::vector<std::string> result;
    std::string token;
    do {
      auto page = json_of(who.http.get(path + (token.empty() ? "" : "&pageToken=" + token)));
      for (const auto& item : page.at("items").as_array())
        result.push_back(text_at(item, "/workDate"));
      token = text_at(page, "/nextPageToken");
    } while (token != "null" && result.size() < 10);
    return result;
  };
  placement_desk{server}.placed(placement_desk::placement(ann->person_id, chicago_shop));
  using dates = std::vector<std::string>;
  CHECK(days(*server.signed_in("demo.admin")) ==
        dates{"2025-03-01", "2025-03-02", "2025-03-02", "2025-03-03"});
  CHECK(days(*server.signed_in("irene.walsh")) == dates{"2025-03-02"});  // runs the shop in Chicago
  CHECK(text_at(server.signed_in("irene.walsh")->http.get(path), "/totalCount") == "1");
}

TEST_CASE("lists: of somebody unknown, or of another company, there is none") {
  auto& server = shared_server();
  desk d;
  auto ann = d.user();
  auto rita = server.signed_in("rival.owner");
  auto refused = [&](const std::string& path, const std::string& id, const char* code) {
    CAPTURE(path);
    check_error(rita->http.get(path + id), 404, code);
    check_error(d.admin->http.get(path + nobody), 404, code);
    CHECK(d.admin->http.get(path + id).status == 200);
  };
  refused("/api/people/role-assignments?userId=", ann.user_id, "USER_NOT_FOUND");
  refused("/api/people/location-assignments?personId=", ann.person_id, "PERSON_NOT_FOUND");
  refused("/api/people/offboarding-cases?userId=", ann.user_id, "USER_NOT_FOUND");
  auto cards = [](const std::string& id) {
    return fmt::format("/api/people/employees/{}/timecards?from=2025-01-01&to=2025-12-31", id);
  };
  check_error(rita->http.get(cards(ann.person_id)), 404, "PERSON_NOT_FOUND");
  check_error(d.admin->http.get(cards(nobody)), 404, "PERSON_NOT_FOUND");
  CHECK(text_at(d.admin->http.get(cards(ann.person_id)), "/totalCount") == "0");
}

TEST_CASE("lists: pickers ask for eligible people and are not offered who is disabled [S90-R5]") {
  desk d;
  auto ann = d.user();
  auto offered = [&](const std::string& path, const std::string& name) {
    auto found = d.admin->http.get(fmt::format("{}?eligible=true&search={}", path, name));
    REQUIRE_MESSAGE(found.status == 200, found.body);
    return text_at(found, "/totalCount");
  };
  const std::string persons = "/api/people/persons", users = "/api/security/users";
  CHECK(offered(persons, ann.email) == "1");
  CHECK(offered(users, ann.username) == "1");
  REQUIRE(d.admin->http.post("/api/people/users/" + ann.user_id + "/disable", "{}").status == 200);
  CHECK(offered(persons, ann.email) == "0");
  CHECK(offered(users, ann.username) == "0");
  CHECK(text_at(d.admin->http.get(users + "?search=" + ann.username), "/totalCount") == "1");
  check_error(d.admin->http.get(users + "?eligible=perhaps"), 400, "VALIDATION_FAILED");
}

TEST_CASE("lists: the audit trail goes on by token while entries are added") {
  auto& server = shared_server();
  auto auditor = server.signed_in("demo.auditor");
  auto ann = server.new_mechanic();
  for (int i = 0; i < 4; ++i) {
    ann->clock_in();
    ann->clock_out();
  }
  std::vector<std::string> met;
  std::string token;
  for (int pages = 0; token != "null" && pages < 10; ++pages) {
    auto page =
        json_of(auditor->http.get(fmt::format("/api/audit/entries?actorId={}&pageSize=2{}", ann->user_id,
                                              token.empty() ? "" : "&pageToken=" + token)));
    for (const auto& item : page.at("items").as_array())
      met.push_back(text_at(item, "/entryId"));
    CHECK(text_at(page, "/totalIsExact") == "true");
    token = text_at(page, "/nextPageToken");
    ann->clock_in();
    ann->clock_out();
  }
  CHECK(met.size() == 9);
  CHECK(std::set<std::string>(met.begin(), met.end()).size() == 9);
  CHECK(std::is_sorted(met.rbegin(), met.rend()));
}

}  // namespace musterd::testing
