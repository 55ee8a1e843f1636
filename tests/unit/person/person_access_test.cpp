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

access_standing standing(const person_state& state, timestamp now = morning) {
  return reply_to(state, {ann_user, {}, false}, now);
}

held_places may(const person_state& state, permission_index permission, timestamp now = morning) {
  return where_held(standing(state, now).grants, permission, now, catalog());
}

const held_places nowhere{}, everywhere{true};

}  // namespace

TEST_CASE("access: denied without a grant [G-AUTH-1]") {
  CHECK(may(ann(), record) == nowhere);
  CHECK(may(with(ann(), manager, {}), record) == nowhere);
  CHECK(may(with(ann(), {numbered(77)}, {}), record) == nowhere);
  CHECK(may(with(ann(), admin, {}), no_permission) == nowhere);
  CHECK(may(with(ann(), admin, {}), own_permission{}.index()) == nowhere);
}

TEST_CASE("access: at the assigned shop only, or everywhere [S89-R8]") {
  CHECK(may(with(ann(), mechanic, shop_a), record) == held_places{false, {shop_a}});
  auto both = may(with(with(with(ann(), mechanic, shop_a), mechanic, shop_b), mechanic, shop_a), record);
  CHECK(both == held_places{false, {shop_a, shop_b}});
  CHECK(may(with(ann(), admin, {}), record) == everywhere);
}

TEST_CASE("access: several assignments give the union, each with its scope [S89-AC7 S89-R8]") {
  CHECK(may(with(with(ann(), manager, shop_a), admin, {}), approve) == everywhere);
  CHECK(may(with(with(ann(), admin, {}), manager, shop_a), approve) == everywhere);
  CHECK(may(with(with(ann(), manager, shop_a), mechanic, shop_b), approve) == held_places{false, {shop_a}});
}

TEST_CASE("access: whatever the role, it is held where it was assigned") {
  auto anywhere = [](const person_state& state) { return where_held(standing(state).grants, morning); };
  CHECK(anywhere(ann()) == nowhere);
  CHECK(anywhere(with(with(ann(), manager, shop_a), {numbered(77)}, shop_b)) ==
        held_places{false, {shop_a, shop_b}});
  CHECK(anywhere(with(with(ann(), manager, shop_a), mechanic, {})) == everywhere);
  CHECK(anywhere(with(ann(), mechanic, {}, morning + 1h)) == nowhere);
}

TEST_CASE("access: the window is half-open, to the microsecond [S89-AC5 S89-AC6 D-13]") {
  auto state = with(ann(), mechanic, shop_a, morning, morning + 1h);
  CHECK(may(state, record, morning - 1us) == nowhere);
  CHECK(may(state, record, morning) == held_places{false, {shop_a}});
  CHECK(may(state, record, morning + 1h - 1us) == held_places{false, {shop_a}});
  CHECK(may(state, record, morning + 1h) == nowhere);
  auto empty = with(ann(), mechanic, shop_a, morning, morning);
  CHECK(may(empty, record, morning) == nowhere);
}

TEST_CASE("access: a disabled or unknown user is out, whatever the grants [S90-R1]") {
  auto state = with(ann(), admin, {});
  CHECK(standing(state).verdict == access_verdict::granted);
  CHECK(standing(disabled(state)).verdict == access_verdict::account_disabled);
  CHECK(may(disabled(state), record) == nowhere);
  CHECK(standing(person_state{}).verdict == access_verdict::unknown_user);
  auto other = reply_to(state, {{numbered(99)}, {}, false}, morning);
  CHECK(other.verdict == access_verdict::unknown_user);
  CHECK(other.grants.empty());
  CHECK(standing(ann()).verdict == access_verdict::granted);
}

TEST_CASE("access: an access token ends with its session") {
  person_rules rules;
  auto state = with(rules.after(ann(), signing_in(1, morning + 1h), morning), mechanic, shop_a);
  auto verdict = [&](const person_state& s, timestamp now) {
    auto found = reply_to(s, {ann_user, family(1), false}, now);
    CHECK(found.grants.empty() == (found.verdict != access_verdict::granted));
    return found.verdict;
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
  CHECK(may(state, record) == nowhere);
  CHECK(authorize(state)->grants.empty());
  CHECK(with_past(*authorize(ann()), state.assignments)->grants.empty());
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
