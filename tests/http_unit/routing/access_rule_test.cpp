#include "http/routing/access/access_control.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

constexpr own_permission view = "people:person:view", edit = "people:employee:update",
                         terminate = "people:user:terminate";
const location_uuid here = location_uuid::generate(), there = location_uuid::generate();
const timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 10} + 12h};

/// A caller with one role per permission.
struct holder {
  void hold(own_permission permission, location_uuid where = {}, timestamp end = timestamp::max()) {
    auto role = role_uuid::generate();
    roles.add({role, to_string(role), {}, {scope_type::global}, {std::string{permission.key()}}, {}, {}, 1});
    grants.push_back({role_assignment_uuid::generate(), role, where, noon - 1h, end});
  }
  std::optional<caller> calling(const access_rule& rule) const {
    auto held = opened_with(rule, grants, noon, roles);
    if (!held)
      return std::nullopt;
    caller result;
    result.held = std::move(*held);
    return result;
  }

  role_catalog roles;
  std::vector<held_grant> grants;
};

using access::covered_people;

}  // namespace

TEST_CASE("access rule: a permission at some shops opens, and says where") {
  auto rule = access::permission(view, covered_people);
  holder ann;
  CHECK_FALSE(ann.calling(rule));
  ann.hold(edit);
  ann.hold(view, here, noon);
  CHECK_FALSE(ann.calling(rule));
  ann.hold(view, there, noon + 1us);
  auto who = ann.calling(rule);
  REQUIRE(who);
  CHECK(who->where() == held_places{false, {there}});
  CHECK(who->covers(there));
  CHECK_FALSE(who->covers(here));
  REQUIRE(who->holding(view));
  CHECK(*who->holding(view) == who->where());
  CHECK(who->holding(edit) == nullptr);  // the rule does not ask for it
}

TEST_CASE("access rule: what takes a permission everywhere is not opened by one at every shop there is") {
  auto rule = access::permission_everywhere(view, {edit});
  holder ann;
  ann.hold(view, here);
  ann.hold(edit);
  CHECK_FALSE(ann.calling(rule));
  ann.hold(view);
  auto who = ann.calling(rule);
  REQUIRE(who);
  CHECK(who->where() == held_places{true});
  CHECK(who->holds_everywhere(edit));
}

TEST_CASE("access rule: what is only asked about opens nothing") {
  auto rule = access::permission(view, covered_people, {edit, terminate});
  holder ann;
  ann.hold(edit, here);
  CHECK_FALSE(ann.calling(rule));
  ann.hold(view, there);
  auto who = ann.calling(rule);
  REQUIRE(who);
  CHECK(who->where() == held_places{false, {there}});
  REQUIRE(who->holding(edit));
  CHECK(*who->holding(edit) == held_places{false, {here}});
  CHECK_FALSE(who->holds_everywhere(edit));
  CHECK(who->holding(terminate) == nullptr);
}

TEST_CASE("access rule: any of several permissions opens, each where it holds, and none for the others") {
  auto rule = access::any_permission({view, edit}, covered_people, {terminate});
  holder ann;
  ann.hold(terminate);
  CHECK_FALSE(ann.calling(rule));
  ann.hold(edit, here);
  auto who = ann.calling(rule);
  REQUIRE(who);
  CHECK(who->where().nowhere());
  CHECK_FALSE(who->covers(here));
  CHECK(who->holding(view) == nullptr);
  REQUIRE(who->holding(edit));
  CHECK(*who->holding(edit) == held_places{false, {here}});
  CHECK(who->holds_everywhere(terminate));
}

TEST_CASE("access rule: one's own data is open to every user, with the places of all their roles") {
  holder ann;
  auto who = ann.calling(access::self);
  REQUIRE(who);
  CHECK(who->where().nowhere());
  ann.hold(view, here);
  ann.hold(edit, there, noon);
  CHECK(ann.calling(access::self)->where() == held_places{false, {here}});
  CHECK(ann.calling(access::permission_on_self(view))->where() == held_places{false, {here}});
  CHECK_FALSE(ann.calling(access::permission_on_self(edit)));
}

TEST_CASE("access rule: whom nobody has checked covers nothing") {
  caller unknown;
  CHECK(unknown.where().nowhere());
  CHECK_FALSE(unknown.covers(here));
  CHECK_FALSE(unknown.holds_everywhere(view));
}
