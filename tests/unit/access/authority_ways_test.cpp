#include "tests/unit/access/authority_fixture.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Every way to give or take the power of `role_at_stake` or of a single key.
struct way {
  const char* name;
  power_use use;
  std::function<std::string(authority_rules&, const std::string& key)> attempt;
};

const std::vector<way> all_ways{
    {"assign_role", power_use::give,
     [](auto& rules, auto&) {
       assign_role c;
       c.user_id = ann_user;
       c.role_id = role_at_stake;
       c.effective_start_date = morning;
       return of_person(rules, ann(), c);
     }},
    {"change_assignment, later", power_use::give,
     [](auto& rules, auto&) {
       auto state = ann();
       state.assignments = {held_by_ann(morning - 24h, morning + 1h)};
       change_assignment c;
       c.assignment_id = {numbered(60)};
       c.effective_end_date.emplace();
       return of_person(rules, state, c);
     }},
    {"change_assignment, sooner", power_use::take,
     [](auto& rules, auto&) {
       change_assignment c;
       c.assignment_id = {numbered(60)};
       c.effective_end_date = morning + 1h;
       return of_person(rules, ann_with_role(), c);
     }},
    {"end_assignment", power_use::take,
     [](auto& rules, auto&) {
       end_assignment c;
       c.assignment_id = {numbered(60)};
       return of_person(rules, ann_with_role(), c);
     }},
    {"provision_user", power_use::give,
     [](auto& rules, auto&) {
       auto state = ann();
       state.user.reset();
       provision_user c;
       c.username = "ann";
       c.role_ids = {role_at_stake};
       return of_person(rules, state, c);
     }},
    {"set_password", power_use::give,
     [](auto& rules, auto&) { return of_person(rules, ann_with_role(), set_password{ann_user, "hash"}); }},
    {"end_session", power_use::take,
     [](auto& rules, auto&) {
       auto state = ann_with_role();
       state.sessions.push_back({family(1), ann_user, "hash", 1, morning, morning, morning + 1h, {}, {}, 1});
       return of_person(rules, state, end_session{ann_user, family(1)});
     }},
    {"end_sessions", power_use::take,
     [](auto& rules, auto&) { return of_person(rules, ann_with_role(), end_sessions{ann_user, {}}); }},
    {"remove_second_factor", power_use::give,
     [](auto& rules, auto&) {
       auto state = ann_with_role();
       state.factor =
           second_factor{ann_user, numbered(70), factor_status::active, "sealed", {}, 1, morning, 1};
       return of_person(rules, state, remove_second_factor{ann_user, {}});
     }},
    {"disable_user", power_use::take,
     [](auto& rules, auto&) {
       disable_user c;
       c.user_id = ann_user;
       return of_person(rules, ann_with_role(), c);
     }},
    {"terminate_user", power_use::take,
     [](auto& rules, auto&) {
       terminate_user c;
       c.user_id = ann_user;
       return of_person(rules, ann_with_role(), c);
     }},
    {"enable_user", power_use::give,
     [](auto& rules, auto&) {
       enable_user c;
       c.user_id = ann_user;
       return of_person(rules, ann_with_role(access_status::disabled), c);
     }},
    {"create_role", power_use::define,
     [](auto& rules, auto& key) {
       create_role c;
       c.role_name = "New";
       c.allowed_scopes = {scope_type::global};
       c.permission_keys = {key};
       return of_company(rules, {}, c);
     }},
    {"grant_permission", power_use::define,
     [](auto& rules, auto& key) { return of_company(rules, {}, grant_permission{role_at_stake, key}); }},
    {"revoke_permission", power_use::define,
     [](auto& rules, auto& key) { return of_company(rules, {key}, revoke_permission{role_at_stake, key}); }},
    {"replace_permissions, more", power_use::define,
     [](auto& rules, auto& key) {
       replace_permissions c;
       c.role_id = role_at_stake;
       c.permission_keys = {key};
       return of_company(rules, {}, c);
     }},
    {"replace_permissions, less", power_use::define,
     [](auto& rules, auto& key) {
       replace_permissions c;
       c.role_id = role_at_stake;
       return of_company(rules, {key}, c);
     }},
};

}  // namespace

TEST_CASE("Authority: every way to give or take each single permission takes that permission") {
  std::vector<std::string> all{permission_keys.begin(), permission_keys.end()};
  std::erase(all, any_authority);
  for (const auto& way : all_ways)
    for (const auto& key : all) {
      CAPTURE(way.name);
      CAPTURE(key);
      auto others = all;
      std::erase(others, key);
      authority_rules without{others, {key}}, with{{key}, {key}};
      without.hold();
      with.hold();
      bool free = way.use != power_use::define &&
                  (is_own_data(key) || (way.use == power_use::take && key.ends_with(":view")));
      CHECK(way.attempt(without, key) == (free ? "ok" : refused));
      CHECK(way.attempt(with, key) == "ok");
    }
}

TEST_CASE(
    "Authority: who holds security:authority:any everywhere is bound by nothing, at one shop by all [D-52]") {
  for (const auto& way : all_ways) {
    CAPTURE(way.name);
    authority_rules everywhere{{std::string{any_authority}}, {key}},
        local{{std::string{any_authority}}, {key}};
    everywhere.hold();
    local.hold(brooklyn);
    CHECK(way.attempt(everywhere, key) == "ok");
    CHECK(way.attempt(local, key) == refused);
  }
}

TEST_CASE("Authority: an owner until a date gives nothing beyond it, not even to themselves") {
  authority_rules rules{{std::string{any_authority}}, {key}};
  rules.hold({}, morning - 24h, morning + 1h);
  auto ctx = at(morning);  // Ann acts with Bob's authority
  auto state = ann();
  state.assignments = {held_by_ann(morning - 24h, morning + 1h)};
  CHECK(code_of(decided(state, lasting_until(morning + 2h), ctx, rules.known)) == refused);
  CHECK(code_of(decided(ann(), giving_ann(), ctx, rules.known)) == refused);
  CHECK(code_of(decided(ann(), giving_ann(morning + 1h), ctx, rules.known)) == "ok");
  for (const auto& way : all_ways) {
    CAPTURE(way.name);  // what they define or admit would outlive Bob's own grant
    CHECK(way.attempt(rules, key) == (way.use == power_use::take ? "ok" : refused));
  }
  rules.hold({}, morning + 1h, timestamp::max(), other_role);
  CHECK(code_of(decided(state, lasting_until(morning + 2h), ctx, rules.known)) == "ok");
}
