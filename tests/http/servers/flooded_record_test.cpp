#include "tests/http/servers/second_server.hpp"

#include <atomic>
#include <thread>

namespace musterd::testing {

TEST_CASE("Security: changes that concern no power, however many, hold up nobody at another server") {
  company_server first;
  second_server second{first};
  desk d{first};
  auto owner = d.user(true), newcomer = d.user();
  d.assigned(d.assignment(owner.user_id, "OWNER"));
  auto there = second.signed_in(owner.username, first_password);
  auto placed =
      d.admin->http.post("/api/people/location-assignments", json({{"personId", owner.person_id},
                                                                   {"locationId", demo_shop},
                                                                   {"role", "MECHANIC"},
                                                                   {"isPrimary", true},
                                                                   {"effectiveStartAt", yesterday}}));
  REQUIRE(placed.status == 201);
  auto placement = "/api/people/location-assignments/" + text_at(placed, "/assignment/assignmentId");

  auto mechanic = d.role("MECHANIC");

  std::atomic<bool> over = false;
  std::atomic<int> placements = 0, registrations = 0;
  std::jthread change_the_caller{[&] {
    for (int n = 1; !over; ++n)
      placements += d.admin->http
                        .send("PATCH", placement,
                              body({{"effectiveEndAt", from_now(std::chrono::hours{n})}, {"version", n}}))
                        .status == 200;
  }};
  std::jthread change_the_company{[&] {
    service registers{first};
    for (int n = 0; !over; ++n) {
      boost::json::array keys{
          boost::json::object{{"key", "flood:thing:do"}, {"description", std::to_string(n)}}};
      registrations += registers.http
                           .post("/internal/permissions/register", json({{"domain", "flood"},
                                                                         {"serviceName", "demo.pos"},
                                                                         {"version", "1"},
                                                                         {"permissions", keys}}))
                           .status == 200;
    }
  }};
  auto under_way = becomes_true(patience, [&] { return placements > 20 && registrations > 20; });
  CHECK(under_way);
  auto give = [&](int nth) {
    return there->post("/api/people/role-assignments",
                       json({{"userId", newcomer.user_id},
                             {"roleId", mechanic},
                             {"scopeType", "LOCATION"},
                             {"locationId", demo_shop},
                             {"effectiveStartDate", from_now(std::chrono::hours{24 * nth + 1})},
                             {"effectiveEndDate", from_now(std::chrono::hours{24 * nth + 2})}}));
  };
  // Not about versions: on a slow machine the flood's commits hold their locks longer than a batch waits.
  auto waited_for_a_lock = [](const http_answer& answer) {
    return answer.status == 503 && answer.body.find("could not take the change") != std::string::npos;
  };
  for (int n = 0; n < 30; ++n) {
    auto given = give(n);
    for (int again = 0; again < 5 && waited_for_a_lock(given); ++again)
      given = give(n);
    CHECK_MESSAGE(given.status == 201, given.body);
  }
  auto before = placements.load() + registrations.load();
  CHECK(becomes_true(patience, [&] { return placements + registrations > before; }));  // to the end
  over = true;
}

}  // namespace musterd::testing
