#include "tests/http/people/work_execution.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// S90-AC6: who is offered for new work.
namespace musterd::testing {
namespace {

const std::string available = "/api/workexec/technicians/available";

std::string at_shop(const std::string& shop, const std::string& more = {}) {
  return available + "?pageSize=100&locationId=" + shop + more;
}

/// Written as a row; from yesterday on unless told otherwise.
void place(company_server& at, const std::string& person_id, const std::string& shop = demo_shop,
           const std::string& from = yesterday, const std::string& role = "MECHANIC") {
  pqxx::nontransaction{at.db()}.exec(fmt::format("INSERT INTO people.location_assignment VALUES ('{}', '{}', "
                                                 "'{}', '{}', '{}', false, '{}', NULL, now(), "
                                                 "now(), '{}', '{}', NULL, 1)",
                                                 demo_tenant, to_string(uuid::generate()), person_id, shop,
                                                 role, from, person_id, person_id));
}

std::optional<boost::json::value> find(visitor& who, const std::string& path, const std::string& person_id) {
  for (int index = 0;; ++index) {
    auto answer = who.http.get(fmt::format("{}&pageIndex={}", path, index));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    auto page = json_of(answer);
    for (const auto& item : page.at("items").as_array())
      if (text_at(item, "/personId") == person_id)
        return item;
    if (page.at("items").as_array().size() < 100)
      return std::nullopt;
  }
}

}  // namespace

TEST_CASE("technicians: a disabled person is not among the available technicians [S90-AC6 S90-R5 D-23]") {
  auto& server = shared_server();
  auto jane = server.new_mechanic();
  place(server, jane->person_id);
  auto advisor = server.signed_in("demo.dispatcher");
  auto listed = [&] { return find(*advisor, at_shop(demo_shop), jane->person_id).has_value(); };
  CHECK(listed());
  auto set = [&](const std::string& table, const std::string& status) {
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("UPDATE {} SET status = '{}' WHERE person_id = '{}'", table, status, jane->person_id));
  };
  for (const auto* table : {"people.person", "security.app_user"})
    for (const auto* status : {"DISABLED", "TERMINATED"}) {
      CAPTURE(table);
      CAPTURE(status);
      set(table, status);
      CHECK_FALSE(listed());
      set(table, "ACTIVE");
      CHECK(listed());
    }
}

TEST_CASE("technicians: who works where and when, and on what") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto manager = server.signed_in("demo.manager");
  CHECK_FALSE(find(*manager, at_shop(demo_shop), ann->person_id));
  place(server, ann->person_id);
  place(server, ann->person_id, demo_shop, yesterday, "WELDER");
  place(server, ann->person_id, chicago_shop, tomorrow);
  auto seen = find(*manager, at_shop(demo_shop), ann->person_id);
  REQUIRE(seen);
  CHECK(text_at(*seen, "/firstName") == "Test");
  CHECK(text_at(*seen, "/lastName") == ann->username);
  CHECK(seen->at("roles") == boost::json::array{"MECHANIC", "WELDER"});
  CHECK(text_at(*seen, "/isPrimary") == "false");
  CHECK(text_at(*seen, "/activeTimer") == "null");
  auto timer = start_timer(*ann);
  seen = find(*manager, at_shop(demo_shop), ann->person_id);
  CHECK(text_at(*seen, "/activeTimer/workOrderId") == work_order);
  CHECK(text_at(*seen, "/activeTimer/since") == text_at(timer, "/startTime"));
  stop_timer(*ann);
  CHECK_FALSE(find(*manager, at_shop(chicago_shop), ann->person_id));
  CHECK(find(*manager, at_shop(chicago_shop, "&at=" + tomorrow), ann->person_id));
  CHECK_FALSE(find(*manager, at_shop(demo_shop, "&at=2020-01-01T00:00:00Z"), ann->person_id));
  // A person without a user can be given work, too.
  desk d;
  auto nina = d.person();
  place(server, nina.person_id);
  CHECK(find(*manager, at_shop(demo_shop), nina.person_id));
}

TEST_CASE("Security: technicians: what somebody works on at another shop is that shop's business") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  place(server, ann->person_id);
  start_timer(*ann);
  pqxx::nontransaction sql{server.db()};
  sql.exec("ALTER TABLE workexec.job_timer DISABLE TRIGGER USER");
  sql.exec(fmt::format("UPDATE workexec.job_timer SET location_id = '{}' WHERE technician_id = '{}'",
                       chicago_shop, ann->person_id));
  sql.exec("ALTER TABLE workexec.job_timer ENABLE TRIGGER USER");
  auto dispatcher = server.signed_in("demo.dispatcher");  // of this shop only
  auto seen = find(*dispatcher, at_shop(demo_shop), ann->person_id);
  REQUIRE(seen);
  CHECK(text_at(*seen, "/activeTimer") == "null");
  CHECK(text_at(*find(*server.signed_in("demo.owner"), at_shop(demo_shop), ann->person_id),
                "/activeTimer/workOrderId") == work_order);
}

TEST_CASE("technicians: only for who may look at the shop") {
  auto& server = shared_server();
  check_error(server.new_mechanic()->http.get(at_shop(demo_shop)), 403, "ACCESS_DENIED", "Access Denied");
  auto irene = server.signed_in("irene.walsh");  // runs the shop in Chicago
  auto refused = irene->http.get(at_shop(demo_shop));
  check_error(refused, 403, "ACCESS_DENIED", "Access Denied");
  CHECK(has(json_of(refused), "/details/decisionId"));
  CHECK(irene->http.get(at_shop(chicago_shop)).status == 200);
  auto rita = server.signed_in("rival.owner");
  check_error(rita->http.get(at_shop(demo_shop)), 404, "LOCATION_NOT_FOUND");
  CHECK(text_at(rita->http.get(at_shop(rival_shop)), "/totalCount") == "0");
}

TEST_CASE("technicians: bad input") {
  auto manager = shared_server().signed_in("demo.manager");
  auto wrong = [&](const std::string& query) {
    CAPTURE(query);
    auto answer = manager->http.get(available + query);
    check_error(answer, 400, "VALIDATION_FAILED");
    return wrong_fields(answer);
  };
  using fields = std::set<std::string>;
  CHECK(wrong("") == fields{"locationId"});
  CHECK(wrong("?locationId=here&at=soon&pageSize=0") == fields{"locationId", "at", "pageSize"});
  CHECK(wrong(fmt::format("?locationId={}&role=MECHANIC", demo_shop)) == fields{"role"});
  check_error(manager->http.get(at_shop(nobody)), 404, "LOCATION_NOT_FOUND");
}

}  // namespace musterd::testing
