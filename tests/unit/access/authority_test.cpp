#include "tests/unit/access/authority_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("Authority: as widely [D-50]") {
  authority_rules rules{{key}};
  rules.hold(brooklyn);
  CHECK(rules.check({{key}, brooklyn, morning, {}}) == "ok");
  CHECK(rules.check({{key}, queens, morning, {}}) == refused);
  CHECK(rules.check({{key}, {}, morning, {}}) == refused);
  rules.hold(queens);
  CHECK(rules.check({{key}, {}, morning, {}}) == refused);  // holding every shop is not holding everywhere
  rules.hold();
  CHECK(rules.check({{key}, {}, morning, {}}) == "ok");
}

TEST_CASE("Authority: as long, by one assignment or by several without a gap [D-50]") {
  authority_rules rules{{key}};
  rules.hold({}, morning - 24h, morning + 10h);
  CHECK(rules.check({{key}, {}, morning, morning + 10h}) == "ok");
  CHECK(rules.check({{key}, {}, morning, morning + 11h}) == refused);
  CHECK(rules.check({{key}, {}, morning, {}}) == refused);
  CHECK(rules.check({{key}, {}, morning + 20h, morning + 21h}) == refused);
  rules.hold({}, morning + 11h, morning + 30h, other_role);
  CHECK(rules.check({{key}, {}, morning, morning + 20h}) == refused);  // one hour is uncovered
  rules.hold(brooklyn, morning + 10h, morning + 11h);
  CHECK(rules.check({{key}, {}, morning, morning + 20h}) == refused);
  CHECK(rules.check({{key}, brooklyn, morning, morning + 20h}) == "ok");
  rules.hold({}, morning + 9h, morning + 12h);
  CHECK(rules.check({{key}, {}, morning, morning + 30h}) == "ok");
  CHECK(rules.check({{key}, {}, morning, {}}) == refused);
}

TEST_CASE("Authority: all that is missing is said, once") {
  authority_rules rules{{key}};
  rules.hold();
  auto result =
      check_authority(rules.by_bob(), rules.known, power_use::give,
                      {{{key, other_key}, {}, morning, {}}, {{other_key, "a:b:c"}, brooklyn, morning, {}}});
  REQUIRE(result.has_error());
  CHECK(result.error().details->text == R"({"missingPermissions":["a:b:c","people:user:terminate"]})");
}

TEST_CASE("Authority: who may act no longer, is not known or is a service gives nothing") {
  authority_rules rules{{key}};
  rules.hold();
  rules.caller.user->active = false;
  CHECK(rules.check({{key}, {}, morning, {}}) == "ACCOUNT_DISABLED");
  rules.caller.user = nullptr;
  CHECK(rules.check({{key}, {}, morning, {}}) == "CALLER_ASLEEP");
  auto ctx = rules.by_bob();
  ctx.kind = principal_kind::service;
  CHECK(check_authority(ctx, rules.known, power_use::give, {}).error().code == "ACCESS_DENIED");
}

TEST_CASE("Authority: nobody assigns to themselves, or keeps what ends, but for the owners [D-51]") {
  for (bool owner : {false, true}) {
    CAPTURE(owner);
    authority_rules rules{{owner ? std::string{any_authority} : key}, {key}};
    rules.hold();
    auto ctx = at(morning);  // Ann acts with Bob's authority
    auto expected = owner ? "ok" : refused;
    CHECK(code_of(decided(ann(), giving_ann(), ctx, rules.known)) == expected);
    auto state = ann();
    state.assignments = {held_by_ann(morning - 24h, morning + 1h)};
    CHECK(code_of(decided(state, lasting_until(morning + 2h), ctx, rules.known)) == expected);
    end_assignment ending;
    ending.assignment_id = {numbered(60)};
    CHECK(code_of(decided(state, ending, ctx, rules.known)) == "ok");
  }
}

TEST_CASE("Authority: whoever changes a role needs all that its holders have, not only what changes") {
  authority_rules rules{{key}};
  rules.hold();
  CHECK(of_company(rules, {key, other_key}, revoke_permission{role_at_stake, key}) == refused);
  CHECK(of_company(rules, {other_key}, grant_permission{role_at_stake, key}) == refused);
  update_role narrower;
  narrower.role_id = role_at_stake;
  narrower.allowed_scopes = {scope_type::location};
  CHECK(of_company(rules, {other_key}, narrower) == refused);
  CHECK(of_company(rules, {key}, narrower) == "ok");
  update_role renamed;
  renamed.role_id = role_at_stake;
  renamed.description = "Other words";
  CHECK(of_company(rules, {other_key}, renamed) == refused);  // others go by its description
  CHECK(of_company(rules, {key}, renamed) == "ok");
}

TEST_CASE("Authority: whoever says what a service is for needs all that it may do") {
  auto saying = [](std::vector<std::string> held) {
    authority_rules rules{std::move(held)};
    rules.hold();
    company_state state;
    state.services = {{{{numbered(80)}, "pos", {}, {key, other_key}, morning, morning, {}, 1}, {}}};
    update_service c;
    c.client_id = {numbered(80)};
    c.description = "Reads lists";
    return code_of(decided(state, c, rules.by_bob(), rules.known));
  };
  CHECK(saying({key}) == refused);
  CHECK(saying({key, other_key}) == "ok");
}

TEST_CASE("Authority: what other services registered keeps nobody in, but is given by who holds it") {
  authority_rules rules{{key}, {"pos:ticket:close"}};
  rules.hold();
  disable_user disabling;
  disabling.user_id = ann_user;
  CHECK(of_person(rules, ann_with_role(), disabling) == "ok");
  CHECK(of_person(rules, ann_with_role(), set_password{ann_user, "hash"}) == refused);
}

TEST_CASE("Authority: the past is somebody's, too: decisions are asked about it") {
  authority_rules rules{{key}, {key}};
  rules.hold({}, morning - 24h);
  auto assigning = [&](timestamp from, std::optional<timestamp> to = {}) {
    assign_role c;
    c.user_id = ann_user;
    c.role_id = role_at_stake;
    c.effective_start_date = from;
    c.effective_end_date = to;
    return of_person(rules, ann(), c);
  };
  CHECK(assigning(morning - 23h) == "ok");
  CHECK(assigning(morning - 25h) == refused);
  CHECK(assigning(morning - 48h, morning - 25h) == refused);
  CHECK(assigning(morning - 20h, morning - 19h) == "ok");
  rules.caller.user->grants.front().start = morning;
  CHECK(assigning(morning - 30s) == "ok");  // it was "now" when sent
  CHECK(assigning(morning - 30s, morning + 1h) == "ok");
  CHECK(assigning(morning - 2min) == refused);
  auto state = ann();
  state.assignments = {held_by_ann(morning - 72h)};
  end_assignment ending;
  ending.assignment_id = {numbered(60)};
  CHECK(of_person(rules, state, ending) == "ok");
  ending.effective_end_date = morning - 48h;
  CHECK(of_person(rules, state, ending) == refused);
}

TEST_CASE(
    "Authority: the minute on the way is no past to give, and an empty window is given by who holds it") {
  authority_rules rules{{key}, {key, other_key}}, able{{key, other_key}, {key, other_key}};
  auto assigning = [&](authority_rules& by, timestamp from, timestamp to) {
    assign_role c;
    c.user_id = ann_user;
    c.role_id = role_at_stake;
    c.effective_start_date = from;
    c.effective_end_date = to;
    return of_person(by, ann(), c);
  };
  rules.hold();
  able.hold();
  for (auto from : {-120s, -58s, -1s, 0s, 60s, 86'400s})
    for (auto length : {0s, 1s, 57s}) {
      CAPTURE(from.count());
      CAPTURE(length.count());
      CHECK(assigning(rules, morning + from, morning + from + length) == refused);
      CHECK(assigning(able, morning + from, morning + from + length) == "ok");
    }
  able.caller.user->grants.front().start = morning;
  CHECK(assigning(able, morning - 58s, morning - 1s) == refused);
  CHECK(assigning(able, morning - 58s, morning) == refused);
  CHECK(assigning(able, morning - 58s, morning + 1s) == "ok");
}

TEST_CASE("Authority: what is over, or only was, is nobody's power") {
  authority_rules rules{{}, {key}};
  rules.hold();
  auto state = ann();
  state.assignments = {held_by_ann(morning - 24h, morning - 1h)};
  CHECK(code_of(decided(state, set_password{ann_user, "hash"}, rules.by_bob(), rules.known)) == "ok");
  state.assignments = {held_by_ann(morning + 24h)};  // but a future assignment counts
  CHECK(code_of(decided(state, set_password{ann_user, "hash"}, rules.by_bob(), rules.known)) == refused);
}
