#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

/// Story 91: provisioning an existing user finds everything in place, or names the differences.
namespace {

const role_uuid hr{numbered(10)}, auditor{numbered(11)}, mechanic{numbered(12)};

struct provisioning_rules : person_rules {
  provisioning_rules() {
    for (const auto& [id, name, scope] : {std::tuple{hr, "HR", scope_type::global},
                                          {auditor, "AUDITOR", scope_type::global},
                                          {mechanic, "MECHANIC", scope_type::location}})
      roles.add({id, name, {}, {scope}, {}, {}, {}, 1});
  }
  /// The fault's code; "" for a success that changes nothing.
  std::string resolving(const person_state& state, const provision_user& c) {
    auto result = when(state, c, morning);
    if (!result)
      return result.error().code;
    CHECK(result->empty());
    return "";
  }
  std::string differing(const person_state& state, const provision_user& c) {
    auto result = when(state, c, morning);
    REQUIRE(result.has_error());
    CHECK(result.error().code == "USER_DIFFERS");
    CHECK(result.error().kind == fault_kind::conflict);
    return result.error().details.value().text;
  }
};

provision_user asking(std::vector<role_uuid> roles = {}) {
  provision_user c;
  c.username = "ANN";
  c.role_ids = std::move(roles);
  return c;
}

person_state with_role(role_uuid role, std::optional<timestamp> end = {}) {
  auto state = ann();
  state.assignments.push_back(
      {{numbered(50)}, ann_user, role, scope_type::global, {}, morning - 1h, end, {}, {}, {}, {}, 1});
  return state;
}

}  // namespace

TEST_CASE("provisioning: what the user has already may be asked for again [S91-F3]") {
  provisioning_rules rules;
  CHECK(rules.resolving(ann(), asking()).empty());
  CHECK(rules.resolving(with_role(hr), asking({hr, hr})).empty());
  auto state = ann();
  state.user->subject = "idp|1";
  auto c = asking();
  CHECK(rules.resolving(state, c).empty());
  c.subject = "idp|1";
  CHECK(rules.resolving(state, c).empty());
}

TEST_CASE("provisioning: what the user does not have is named, and nothing of it is done [S91-F3]") {
  provisioning_rules rules;
  CHECK(rules.differing(ann(), asking({hr})).find(R"("differingFields":["roleIds"])") != std::string::npos);
  CHECK(rules.differing(with_role(hr), asking({hr, auditor})).find("roleIds") != std::string::npos);
  // An ended role is no longer held.
  CHECK(rules.differing(with_role(hr, morning), asking({hr})).find("roleIds") != std::string::npos);
  auto c = asking({hr});
  c.subject = "idp|2";
  c.other_password = true;
  CHECK(rules.differing(ann(), c) ==
        R"({"userId":")" + to_string(ann_user) + R"(","differingFields":["password","roleIds","subject"]})");
}

TEST_CASE("provisioning: unknown roles and roles for one shop are refused as for a new user [S91-F14]") {
  provisioning_rules rules;
  CHECK(rules.resolving(ann(), asking({{numbered(99)}})) == "ROLE_NOT_FOUND");
  CHECK(rules.resolving(ann(), asking({mechanic})) == "VALIDATION_FAILED");
}

TEST_CASE("provisioning: a password that nobody compared is not dropped: the user came into being meanwhile "
          "[S91-F14]") {
  provisioning_rules rules;
  auto c = asking();
  c.password_hash = "hash";
  CHECK(rules.resolving(ann(), c) == "UNAVAILABLE");
}

TEST_CASE("provisioning: an email that the user was made without is named [S91-F3]") {
  provisioning_rules rules;
  auto c = asking();
  c.email = "Ann@example.com";
  CHECK(rules.differing(ann(), c) ==
        R"({"userId":")" + to_string(ann_user) + R"(","differingFields":["email"]})");
  auto state = ann();
  state.user->email = "ANN@example.com";
  CHECK(rules.resolving(state, c).empty());
  c.email.reset();
  CHECK(rules.resolving(state, c).empty());
}
