#include "tests/http/desk.hpp"

#include <fmt/format.h>

#include <thread>

/// Story 90: a company must keep somebody who can let users in again.
namespace musterd::testing {
namespace {

/// A server without broker, where demo.admin alone manages users.
struct small_company {
  company_server server;
  desk d{server};

  small_company() {
    pqxx::nontransaction{server.db()}.exec(fmt::format(
        "UPDATE security.app_user SET status = 'DISABLED' WHERE tenant_id = '{}' AND user_id <> '{}'",
        demo_tenant, d.admin->user_id));
  }
  std::unique_ptr<visitor> holder_of(const std::string& role) {
    auto who = d.user(true);
    d.assigned(d.assignment(who.user_id, role));
    return server.signed_in(who.username, first_password);
  }
};

http_answer disable(visitor& by, const std::string& user_id) {
  return by.http.post("/api/people/users/" + user_id + "/disable", "{}");
}

}  // namespace

TEST_CASE("S90: the last user who can manage users is not disabled") {
  small_company c;
  auto hr = c.holder_of("HR");  // may disable, but not enable
  auto options = hr->http.get("/api/people/users/" + c.d.admin->user_id + "/disable-options");
  CHECK(text_at(options, "/canDisable") == "false");
  CHECK(text_at(options, "/reasons/0/code") == "LAST_ADMIN");
  check_error(disable(*hr, c.d.admin->user_id), 409, "LAST_ADMIN",
              "The last user who can manage users cannot be disabled.");
  CHECK(c.d.admin->http.get("/api/security/me").status == 200);
  auto second = c.holder_of("SECURITY_ADMIN");
  CHECK(disable(*hr, c.d.admin->user_id).status == 200);
  check_error(disable(*hr, second->user_id), 409, "LAST_ADMIN");
}

TEST_CASE("S90: two admins who disable each other at once leave one of them") {
  for (int round = 0; round < 5; ++round) {
    small_company c;
    auto one = c.holder_of("ADMIN"), other = c.holder_of("ADMIN");
    REQUIRE(disable(*one, c.d.admin->user_id).status == 200);
    int first = 0, second = 0;
    {
      std::jthread a{[&] { first = disable(*one, other->user_id).status; }};
      std::jthread b{[&] { second = disable(*other, one->user_id).status; }};
    }
    CHECK((first == 200) != (second == 200));
    for (int status : {first, second})
      CHECK((status == 200 || status == 409 || status == 403));  // LAST_ADMIN, or already disabled
    CHECK(number_of(c.server.db(),
                    fmt::format("SELECT count(*) FROM security.app_user WHERE status = 'ACTIVE' AND user_id "
                                "IN ('{}', '{}')",
                                one->user_id, other->user_id)) == 1);
  }
}

}  // namespace musterd::testing
