#include "domain/access/authority.hpp"
#include "domain/company/commands.hpp"
#include "domain/person/roles/authorization.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace musterd;
using namespace musterd::testing;

namespace {

const location_uuid brooklyn{numbered(20)}, queens{numbered(21)};
const user_uuid bob_user{numbered(30)};
const role_uuid callers_role{numbered(40)}, other_role{numbered(41)}, role_at_stake{numbered(42)};

/// Bob with the given grants, as decisions see their caller.
class bound_caller final : public acting_caller {
 public:
  bool active() const override { return user && user->active; }
  bool is_bound() const override { return true; }
  std::shared_ptr<const authorized_user> shown() const override { return user; }

  std::shared_ptr<authorized_user> user =
      std::make_shared<authorized_user>(authorized_user{bob_user, {numbered(31)}, true, {}});
};

struct authority_rules {
  explicit authority_rules(std::vector<std::string> callers_keys = {},
                           std::vector<std::string> at_stake = {}) {
    auto add = [&](role_uuid id, std::vector<std::string> keys) {
      roles.add(
          {id, to_string(id), {}, {scope_type::global, scope_type::location}, std::move(keys), {}, {}, 1});
    };
    add(callers_role, callers_keys);
    add(other_role, std::move(callers_keys));
    add(role_at_stake, std::move(at_stake));
    for (auto shop : {brooklyn, queens})
      locations.add({numbered(3)},
                    {shop, to_string(shop), "Shop", "America/New_York", location_status::active, {}, {}, 1});
  }

  void hold(std::optional<location_uuid> place = {}, timestamp from = morning - 24h,
            timestamp to = timestamp::max(), role_uuid role = callers_role) {
    caller.user->grants.push_back({{ids.next()}, role, place.value_or(location_uuid{}), from, to});
  }
  std::string check(const concerned_power& power, power_use use = power_use::give) {
    auto result = check_authority(by_bob(), known, use, {power});
    return result ? "ok" : result.error().code;
  }
  static request_context by_bob() {
    auto ctx = at(morning);
    ctx.actor = bob_user.value;
    return ctx;
  }

  counted_ids ids;
  location_directory locations;
  role_catalog roles;
  bound_caller caller;
  facts known{locations, roles, ids, caller};
};

constexpr auto refused = "EXCEEDS_OWN_AUTHORITY";
const std::string key = "people:employee:update", other_key = "people:user:terminate";

role_assignment held_by_ann(timestamp start = morning - 24h, std::optional<timestamp> end = {}) {
  return {{numbered(60)},
          ann_user,
          role_at_stake,
          scope_type::global,
          {},
          start,
          end,
          morning,
          morning,
          {},
          {},
          1};
}

person_state ann_with_role(access_status status = access_status::active) {
  auto state = ann();
  state.user->status = state.person->status = status;
  state.assignments = {held_by_ann()};
  return state;
}

/// Every way to give or take the power of `role_at_stake` or of a single key.
struct way {
  const char* name;
  power_use use;
  std::function<std::string(authority_rules&, const std::string& key)> attempt;
};

template <class Result>
std::string code_of(const Result& result) {
  return result ? "ok" : result.error().code;
}

template <class Command>
std::string of_person(authority_rules& rules, const person_state& state, Command c) {
  return code_of(decided(state, c, rules.by_bob(), rules.known));
}

template <class Command>
std::string of_company(authority_rules& rules, std::vector<std::string> role_keys, Command c) {
  company_state state;
  state.roles = {
      {role_at_stake, "At stake", {}, {scope_type::global}, std::move(role_keys), morning, morning, 1}};
  for (auto k : permission_keys)
    state.permissions.emplace(std::string{k},
                              registered_permission{std::string{k}, "", "musterd", "1", morning, morning, 1});
  return code_of(decided(state, c, rules.by_bob(), rules.known));
}

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
    assign_role c;
    c.user_id = ann_user;
    c.role_id = role_at_stake;
    c.effective_start_date = morning;
    CHECK(code_of(decided(ann(), c, ctx, rules.known)) == expected);
    auto state = ann();
    state.assignments = {held_by_ann(morning - 24h, morning + 1h)};
    change_assignment longer;
    longer.assignment_id = {numbered(60)};
    longer.effective_end_date = morning + 2h;
    CHECK(code_of(decided(state, longer, ctx, rules.known)) == expected);
    end_assignment ending;
    ending.assignment_id = {numbered(60)};
    CHECK(code_of(decided(state, ending, ctx, rules.known)) == "ok");
  }
}

TEST_CASE("Authority: an owner until a date gives nothing beyond it, not even to themselves") {
  authority_rules rules{{std::string{any_authority}}, {key}};
  rules.hold({}, morning - 24h, morning + 1h);
  auto ctx = at(morning);  // Ann acts with Bob's authority
  auto state = ann();
  state.assignments = {held_by_ann(morning - 24h, morning + 1h)};
  change_assignment longer;
  longer.assignment_id = {numbered(60)};
  longer.effective_end_date = morning + 2h;
  CHECK(code_of(decided(state, longer, ctx, rules.known)) == refused);
  assign_role c;
  c.user_id = ann_user;
  c.role_id = role_at_stake;
  c.effective_start_date = morning;
  CHECK(code_of(decided(ann(), c, ctx, rules.known)) == refused);
  c.effective_end_date = morning + 1h;
  CHECK(code_of(decided(ann(), c, ctx, rules.known)) == "ok");
  for (const auto& way : all_ways) {
    CAPTURE(way.name);  // what they define or admit would outlive Bob's own grant
    CHECK(way.attempt(rules, key) == (way.use == power_use::take ? "ok" : refused));
  }
  rules.hold({}, morning + 1h, timestamp::max(), other_role);
  CHECK(code_of(decided(state, longer, ctx, rules.known)) == "ok");
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
