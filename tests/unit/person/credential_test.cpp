#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

/// A finding about a password is true only of the credential version that was compared.
namespace {

/// Ann, whose password was set three times.
person_state with_password() {
  auto state = ann();
  state.credential_version = 3;
  return state;
}

open_session opening(std::int64_t compared_version) {
  auto result = signing_in(1);
  result.credential_version = compared_version;
  return result;
}

std::string said(const outcome<person_events>& events) {
  return events ? "ok" : events.error().code;
}

request_context by_bob() {
  auto ctx = at(morning);
  ctx.actor = numbered(30);
  return ctx;
}

}  // namespace

TEST_CASE("credential: a password that was changed since it was compared opens no session") {
  person_rules rules;
  CHECK(said(rules.when(with_password(), opening(3), morning)) == "ok");
  CHECK(said(rules.when(with_password(), opening(2), morning)) == "INVALID_CREDENTIALS");
  // Newer than this actor's state: it must reload.
  CHECK(said(rules.when(with_password(), opening(4), morning)) == "RECORD_CHANGED");
  // A disabled account is reported first.
  CHECK(said(rules.when(disabled(with_password()), opening(2), morning)) == "ACCOUNT_DISABLED");
}

TEST_CASE("credential: one's own change does not override another that came first") {
  person_rules rules;
  auto changing = [&](std::int64_t compared) {
    return said(rules.when(with_password(), set_password{ann_user, "own", compared, true}, morning));
  };
  CHECK(changing(3) == "ok");
  CHECK(changing(2) == "PASSWORD_CHANGED");
  CHECK(changing(4) == "RECORD_CHANGED");
}

TEST_CASE("credential: one's own is set with the old one only, by whichever way") {
  person_rules rules;
  for (auto is_present_one : {false, true})
    CHECK(said(rules.when(with_password(), set_password{ann_user, "own", 3, false, is_present_one},
                          morning)) == "OLD_PASSWORD_REQUIRED");
}

TEST_CASE(
    "credential: somebody else's is set whatever it has become; what was compared counts if it is there") {
  person_rules rules;
  auto setting = [&](std::int64_t compared, bool is_present_one) {
    return said(
        events_in(decided(with_password(), set_password{ann_user, "hash", compared, false, is_present_one},
                          by_bob(), rules.known)));
  };
  CHECK(setting(3, false) == "ok");
  CHECK(setting(3, true) == "VALIDATION_FAILED");
  CHECK(setting(2, true) == "ok");
  CHECK(setting(4, false) == "RECORD_CHANGED");
}

TEST_CASE("credential: no second factor is begun with a password that was changed since") {
  person_rules rules;
  auto enrolling = [&](std::int64_t compared) {
    return said(rules.when(with_password(), enrol_second_factor{ann_user, "sealed", compared}, morning));
  };
  CHECK(enrolling(3) == "ok");
  CHECK(enrolling(2) == "PASSWORD_CHANGED");
  CHECK(enrolling(4) == "RECORD_CHANGED");
}
