#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <barrier>
#include <thread>

/// Story 91: the same request many times at once.
namespace musterd::testing {
namespace {

const std::string provision_path = "/api/security/users/provision";

/// The answers to `count` clients that ask at once.
std::vector<http_answer> all_at_once(desk& d, std::size_t count, const std::string& path,
                                     const std::function<std::string(std::size_t)>& body_of) {
  std::vector<http_answer> answers(count);
  std::barrier ready{static_cast<std::ptrdiff_t>(count)};
  std::vector<std::jthread> clients;
  for (std::size_t i = 0; i < count; ++i)
    clients.emplace_back([&, i] {
      http_client http{d.server.url(), patience};
      http.use_token(d.admin->tokens.access);
      http.get("/health/live");  // connects before the start
      ready.arrive_and_wait();
      answers[i] = http.post(path, body_of(i));
    });
  clients.clear();
  return answers;
}

std::map<int, std::size_t> statuses_of(const std::vector<http_answer>& answers) {
  std::map<int, std::size_t> result;
  for (const auto& answer : answers)
    ++result[answer.status];
  return result;
}

using statuses = std::map<int, std::size_t>;

}  // namespace

TEST_CASE("provisioning: of twenty identical requests at once one makes the user, the others find it [S91-F3 "
          "G-PROV-1]") {
  desk d;
  auto nina = d.person();
  auto answers = all_at_once(d, 20, provision_path, [&](auto) {
    return json({{"personId", nina.person_id}, {"username", nina.username}});
  });
  CHECK(statuses_of(answers) == statuses{{200, 19}, {201, 1}});
  std::set<std::string> users;
  for (const auto& answer : answers)
    users.insert(text_at(answer, "/userId"));
  REQUIRE(users.size() == 1);
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.app_user WHERE person_id = '{}'",
                                             nina.person_id)) == 1);
  CHECK(d.audit(*users.begin(), "USER_PROVISIONED").size() == 1);
}

TEST_CASE("provisioning: a username wanted for twenty persons at once goes to one of them [D-30]") {
  desk d;
  std::vector<newcomer> people;
  for (int i = 0; i < 20; ++i)
    people.push_back(d.person());
  auto answers = all_at_once(d, 20, provision_path, [&](std::size_t i) {
    return json({{"personId", people[i].person_id}, {"username", people[0].username}});
  });
  CHECK(statuses_of(answers) == statuses{{201, 1}, {409, 19}});
  for (const auto& answer : answers)
    if (answer.status == 409)
      CHECK(text_at(answer, "/code") == "USERNAME_TAKEN");
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.app_user WHERE username = '{}'",
                                             people[0].username)) == 1);
}

TEST_CASE("provisioning: a person wanted for twenty usernames at once gets one of them [S91-F3]") {
  desk d;
  auto nina = d.person();
  auto answers = all_at_once(d, 20, provision_path, [&](std::size_t i) {
    return json({{"personId", nina.person_id}, {"username", fmt::format("{}.{}", nina.username, i)}});
  });
  CHECK(statuses_of(answers) == statuses{{201, 1}, {409, 19}});
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM security.app_user WHERE person_id = '{}'",
                                             nina.person_id)) == 1);
}

TEST_CASE("roles: of twenty roles of one name, spelt differently, one is made [G-ROLE-2 D-35]") {
  desk d;
  auto name = "race " + to_string(uuid::generate());
  auto answers = all_at_once(d, 20, "/api/security/roles", [&](std::size_t i) {
    auto spelt = std::string(i % 5, ' ') + name;
    if (i % 2)
      spelt[i % 5] = 'R';
    return json({{"roleName", spelt}, {"allowedScopes", boost::json::array{"GLOBAL"}}});
  });
  CHECK(statuses_of(answers) == statuses{{201, 1}, {409, 19}});
}

TEST_CASE("provisioning: an Idempotency-Key repeats the first answer, 201 and all [D-8 D-9]") {
  desk d;
  auto nina = d.person();
  http_message message{{{"Idempotency-Key", to_string(uuid::generate())}},
                       json({{"personId", nina.person_id}, {"username", nina.username}})};
  auto first = d.admin->http.send("POST", provision_path, message);
  auto again = d.admin->http.send("POST", provision_path, message);
  CHECK(first.status == 201);
  CHECK(again.status == 201);
  CHECK(again.body == first.body);
  CHECK(again.header("idempotency-replayed") == "true");
  message.body = json({{"personId", nina.person_id}, {"username", "other"}});
  check_error(d.admin->http.send("POST", provision_path, message), 422, "IDEMPOTENCY_KEY_REUSED");
}

}  // namespace musterd::testing
