#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Refused deactivations in the trail, whatever was requested and however often.
namespace musterd::testing {
namespace {

http_answer disable(visitor& by, const std::string& user) {
  return by.http.post("/api/people/users/" + user + "/disable", "{}");
}

std::int64_t refusals_of(company_server& at, const visitor& by) {
  return number_of(at.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = 'user.disabled' "
                                        "AND outcome <> 'SUCCESS' AND actor_id = '{}'",
                                        by.user_id));
}

}  // namespace

TEST_CASE("offboarding: a refused deactivation is audited in whatever letters the user was named [S90-AC5]") {
  company_server server;
  auto ann = server.new_mechanic();
  std::int64_t asked = 0;
  // Characters of two, three and four bytes, at every offset across the length limit.
  for (const auto* letter : {"%C3%A9", "%E2%82%AC", "%F0%9F%94%A7"})
    for (std::size_t before = 0; before < 4; ++before, ++asked) {
      std::string id(before, 'x');
      for (int i = 0; i < 40; ++i)
        id += letter;
      check_error(disable(*ann, id), 403, "ACCESS_DENIED");
    }
  CHECK(becomes_true(patience, [&] { return refusals_of(server, *ann) == asked; }));
  CHECK(number_of(server.db(), "SELECT max(octet_length(details #>> '{subject,id}')) FROM audit.entry WHERE "
                               "event_type = 'user.disabled'") == 64);
  CHECK(logged(server, {"commit_failed"}).empty());
  CHECK(logged(server, {"refusal_not_audited"}).empty());
}

TEST_CASE("offboarding: a flood of one caller's refusals keeps nobody else's out of the trail [S90-AC5]") {
  company_server server;
  desk at{server};
  auto ann = server.new_mechanic();
  constexpr int rounds = 5, flood = 60, kept_per_second = 20;
  auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) {
    for (int n = 0; n < flood; ++n)
      REQUIRE(disable(*ann, nobody).status == 403);
    CHECK(disable(*at.admin, to_string(uuid::generate())).status == 404);
  }
  auto took = std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  CHECK(becomes_true(patience, [&] { return refusals_of(server, *at.admin) == rounds; }));
  CHECK(refusals_of(server, *ann) <= kept_per_second * (took.count() + 1));
}

}  // namespace musterd::testing
