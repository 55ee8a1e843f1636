#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto record = permission_of("timekeeping:timecard:record");
constexpr auto approve = permission_of("timekeeping:time_entry:approve");

const role_uuid mechanic{numbered(10)}, manager{numbered(11)}, admin{numbered(12)};
const location_uuid shop_a{numbered(20)}, shop_b{numbered(21)};

role_catalog catalog() {
  role_catalog result;
  result.add({mechanic, "MECHANIC", {}, {scope_type::location}, {"timekeeping:timecard:record"}, {}, {}, 1});
  result.add({manager,
              "MANAGER",
              {},
              {scope_type::global, scope_type::location},
              {"timekeeping:time_entry:approve", "timekeeping:timecard:view"},
              {},
              {},
              1});
  result.add({admin,
              "GLOBAL_ADMIN",
              {},
              {scope_type::global},
              expand_permissions(std::vector<std::string>{"*"}, {}),
              {},
              {},
              1});
  return result;
}

person_state with(person_state state, role_uuid role, std::optional<location_uuid> place,
                  timestamp start = morning, std::optional<timestamp> end = {}) {
  role_assignment a;
  a.assignment_id = {numbered(500 + state.assignments.size())};
  a.user_id = ann_user;
  a.role_id = role;
  a.scope_type = place ? scope_type::location : scope_type::global;
  a.location_id = place;
  a.effective_start_date = start;
  a.effective_end_date = end;
  state.assignments.push_back(a);
  return state;
}

access_answer may(const person_state& state, permission_index permission, timestamp now = morning) {
  return check_access(state, catalog(), {ann_user, {}, false}, permission, now);
}

}  // namespace

TEST_CASE("access: denied without a grant [G-AUTH-1]") {
  CHECK(may(ann(), record).verdict == access_verdict::denied);
  CHECK(may(with(ann(), manager, {}), record).verdict == access_verdict::denied);
  CHECK(may(with(ann(), {numbered(77)}, {}), record).verdict == access_verdict::denied);
}

TEST_CASE("access: at the assigned shop only, or everywhere [S89-R8]") {
  auto there = may(with(ann(), mechanic, shop_a), record);
  CHECK(there == access_answer{access_verdict::granted, false, {shop_a}});
  auto both = may(with(with(with(ann(), mechanic, shop_a), mechanic, shop_b), mechanic, shop_a), record);
  CHECK(both.locations == std::vector{shop_a, shop_b});
  auto everywhere = may(with(ann(), admin, {}), record);
  CHECK(everywhere == access_answer{access_verdict::granted, true, {}});
}

TEST_CASE("access: several assignments give the union, each with its scope [S89-AC7 S89-R8]") {
  auto state = with(with(ann(), manager, shop_a), admin, {});
  CHECK(may(state, approve) == access_answer{access_verdict::granted, true, {shop_a}});
  CHECK(may(with(with(ann(), manager, shop_a), mechanic, shop_b), approve).locations == std::vector{shop_a});
}

TEST_CASE("access: the window is half-open, to the microsecond [S89-AC5 S89-AC6 D-13]") {
  auto state = with(ann(), mechanic, shop_a, morning, morning + 1h);
  CHECK(may(state, record, morning - 1us).verdict == access_verdict::denied);
  CHECK(may(state, record, morning).verdict == access_verdict::granted);
  CHECK(may(state, record, morning + 1h - 1us).verdict == access_verdict::granted);
  CHECK(may(state, record, morning + 1h).verdict == access_verdict::denied);
  auto empty = with(ann(), mechanic, shop_a, morning, morning);
  CHECK(may(empty, record, morning).verdict == access_verdict::denied);
}

TEST_CASE("access: a disabled or unknown user is out, whatever the grants [S90-R1]") {
  auto state = with(ann(), admin, {});
  CHECK(may(disabled(state), record).verdict == access_verdict::account_disabled);
  CHECK(may(disabled(state), no_permission).verdict == access_verdict::account_disabled);
  CHECK(may(person_state{}, no_permission).verdict == access_verdict::unknown_user);
  auto other = check_access(state, catalog(), {{numbered(99)}, {}, false}, record, morning);
  CHECK(other.verdict == access_verdict::unknown_user);
  CHECK(may(ann(), no_permission).verdict == access_verdict::granted);
}

TEST_CASE("access: an access token ends with its session") {
  person_rules rules;
  auto state = with(rules.after(ann(), signing_in(1, morning + 1h), morning), mechanic, shop_a);
  access_question question{ann_user, family(1), false};
  auto verdict = [&](const person_state& s, timestamp now) {
    return check_access(s, catalog(), question, record, now).verdict;
  };
  CHECK(verdict(state, morning) == access_verdict::granted);
  CHECK(verdict(state, morning + 1h) == access_verdict::session_ended);
  auto out = rules.after(state, revoke_session{family(1), 1, "hash-1-1"}, morning);
  CHECK(verdict(out, morning) == access_verdict::session_ended);
  CHECK(http_status(fault_of(access_verdict::session_ended).kind) == 401);
}

TEST_CASE("access: a scope without its shop grants nothing") {
  auto state = with(ann(), mechanic, shop_a);
  state.assignments[0].location_id.reset();
  CHECK(may(state, record).verdict == access_verdict::denied);
}

TEST_CASE("me: roles in force with scopes, and effective permissions") {
  auto state = with(with(ann(), manager, {}), mechanic, shop_a);
  state = with(state, admin, {}, morning + 1h);
  auto standing = reply_to(state, {ann_user, {}, true}, morning);
  REQUIRE(standing.identity.has_value());
  auto me = make_me_view(*standing.identity, catalog(), morning);
  REQUIRE(me.roles.size() == 2);
  CHECK(me.roles[0].role_name == "MANAGER");
  CHECK(me.permissions.everywhere ==
        std::vector<std::string>{"timekeeping:time_entry:approve", "timekeeping:timecard:view"});
  CHECK(me.permissions.by_location.at(to_string(shop_a)) ==
        std::vector<std::string>{"timekeeping:timecard:record"});
  CHECK(to_json(me).find("hash") == std::string::npos);
}
