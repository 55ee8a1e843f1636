#include "tests/http/operations/event_tap.hpp"
#include "tests/http/people/leavers.hpp"

namespace musterd::testing {

TEST_CASE(
    "offboarding: letting somebody in again and terminating them is told to the others [S90-F14 D-79]") {
  auto& s = shared_leavers();
  event_tap tap{s.broker.url(), "people.events"};
  auto jane = s.at_desk.user();
  auto disabled = s.disable(jane.user_id, {{"statusReasonCode", "RETIREMENT"}});
  REQUIRE_MESSAGE(disabled.status == 200, disabled.body);
  CHECK(text_at(disabled, "/person/statusReasonCode") == "RETIREMENT");
  auto& admin = s.at_desk.admin->http;
  auto path = "/api/people/users/" + jane.user_id;
  REQUIRE(admin.post(path + "/enable", "{}").status == 200);
  REQUIRE(admin.post(path + "/terminate", "{}").status == 200);
  auto told = tap.take(jane.user_id, 3);
  REQUIRE(told.size() == 3);
  CHECK(told[0].type == "user.disabled");
  CHECK(told[1].type == "user.enabled");
  CHECK(told[1].routing_key == "people.user.enabled.v1");
  CHECK(text_at(told[1].body, "/payload/status") == "ACTIVE");
  CHECK(told[2].type == "user.terminated");
  CHECK(told[2].routing_key == "people.user.terminated.v1");
  CHECK(text_at(told[2].body, "/payload/status") == "TERMINATED");
  CHECK(text_at(told[2].body, "/payload/personId") == jane.person_id);
}

}  // namespace musterd::testing
