#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

const role_uuid mechanic{numbered(10)}, manager{numbered(11)}, owner{numbered(12)};
const location_uuid shop{numbered(20)};

struct role_rules : person_rules {
  role_rules() {
    roles.add({mechanic, "MECHANIC", {}, {scope_type::location}, {}, {}, {}, 1});
    roles.add({manager, "MANAGER", {}, {scope_type::global, scope_type::location}, {}, {}, {}, 1});
    roles.add({owner, "OWNER", {}, {scope_type::global}, {}, {}, {}, 1});
    locations.add({numbered(3)},
                  {shop, "NYC", "Brooklyn", "America/New_York", location_status::active, {}, {}, 1});
  }
  template <class Command>
  fault refused(const person_state& state, const Command& c, timestamp now = morning) {
    auto result = when(state, c, now);
    REQUIRE(result.has_error());
    return result.error();
  }
};

assign_role giving(role_uuid role, std::optional<location_uuid> place = {}) {
  assign_role c;
  c.user_id = ann_user;
  c.role_id = role;
  c.scope_type = place ? scope_type::location : scope_type::global;
  c.location_id = place;
  c.effective_start_date = morning;
  return c;
}

change_assignment until(const person_state& state, timestamp end, std::int64_t version = 1) {
  change_assignment c;
  c.assignment_id = state.assignments.at(0).assignment_id;
  c.effective_end_date = end;
  c.version = version;
  return c;
}

end_assignment ending(const person_state& state, std::optional<timestamp> end = {}) {
  end_assignment c;
  c.assignment_id = state.assignments.at(0).assignment_id;
  c.effective_end_date = end;
  return c;
}

template <class Command>
std::string wrong_field(const Command& c) {
  std::vector<field_error> errors;
  validate(c, errors);
  return errors.empty() ? std::string{} : errors.front().field;
}

}  // namespace

TEST_CASE("role assignments: an assignment as it was asked for [S89-AC1 S89-AC2 S89-R8]") {
  role_rules rules;
  auto state = rules.after(ann(), giving(manager, shop), morning);
  REQUIRE(state.assignments.size() == 1);
  const auto& a = state.assignments[0];
  CHECK(a.user_id == ann_user);
  CHECK(a.role_id == manager);
  CHECK(a.scope_type == scope_type::location);
  CHECK(a.location_id == shop);
  CHECK_FALSE(a.effective_end_date.has_value());
  CHECK(a.changed_by == ann_user.value);
  CHECK(a.version == 1);
  // The same again is another assignment: a user may hold many (S89-R8).
  CHECK(rules.after(state, giving(manager, shop), morning).assignments.size() == 2);
}

TEST_CASE("role assignments: what is refused [S89-F1 S89-F3]") {
  role_rules rules;
  auto c = giving(manager);
  c.user_id = {numbered(99)};
  CHECK(rules.refused(ann(), c).code == "USER_NOT_FOUND");
  CHECK(rules.refused(person_state{}, giving(manager)).code == "USER_NOT_FOUND");
  CHECK(rules.refused(ann(), giving({numbered(99)})).code == "ROLE_NOT_FOUND");
  CHECK(rules.refused(ann(), giving(manager, location_uuid{numbered(99)})).code == "LOCATION_NOT_FOUND");
  auto scope = rules.refused(ann(), giving(mechanic));
  CHECK(scope.kind == fault_kind::invalid);
  CHECK(scope.field_errors.at(0) ==
        field_error{"scopeType", "Role MECHANIC does not allow GLOBAL scope. Allowed scopes: [LOCATION]"});
  CHECK(rules.refused(ann(), giving(owner, shop)).field_errors.at(0).message ==
        "Role OWNER does not allow LOCATION scope. Allowed scopes: [GLOBAL]");
  auto terminated = ann();
  terminated.user->status = access_status::terminated;
  CHECK(rules.refused(terminated, giving(manager)).code == "USER_TERMINATED");
  // A disabled user may come back, and can be given roles for then.
  CHECK(rules.when(disabled(ann()), giving(manager), morning).has_value());
}

TEST_CASE("role assignments: fields that exclude or need each other [S89-R3 S89-R4 S89-R5 S89-F2 S89-F4]") {
  CHECK(wrong_field(giving(manager)).empty());
  auto c = giving(manager, shop);
  c.scope_type = scope_type::global;
  CHECK(wrong_field(c) == "locationId");
  c = giving(manager);
  c.scope_type = scope_type::location;
  CHECK(wrong_field(c) == "locationId");
  c = giving(manager);
  c.effective_end_date = morning;
  CHECK(wrong_field(c).empty());
  c.effective_end_date = morning - 1us;
  CHECK(wrong_field(c) == "effectiveEndDate");
  c = giving(manager);
  c.reason_code = "";
  CHECK(wrong_field(c) == "reasonCode");
  CHECK(wrong_field(change_assignment{}) == "effectiveEndDate");
  change_assignment for_ever;
  for_ever.effective_end_date.emplace();
  CHECK(wrong_field(for_ever) == "version");
}

TEST_CASE("role assignments: the end moves while the assignment runs [S89-F8 S89-F12]") {
  role_rules rules;
  auto state = rules.after(ann(), giving(manager), morning);
  CHECK(rules.refused(state, until(state, morning + 1h, 2)).code == "VERSION_CONFLICT");
  auto stale = until(state, morning + 1h);
  stale.if_match = 7;
  CHECK(rules.refused(state, stale).code == "PRECONDITION_FAILED");
  CHECK(rules.refused(state, until(state, morning - 1us)).code == "VALIDATION_FAILED");
  auto events = rules.when(state, until(state, morning + 2h), morning + 1h).value();
  REQUIRE(events.size() == 1);
  const auto& moved = std::get<assignment_changed>(events[0]);
  CHECK(moved.change == assignment_change::modified);
  CHECK(moved.before == state.assignments[0]);
  CHECK(moved.after.version == 2);
  CHECK(moved.after.effective_end_date == morning + 2h);
  evolve(state, events[0]);
  CHECK(rules.when(state, until(state, morning + 2h, 2), morning + 1h)->empty());
  // Moving the end to the present is a revocation.
  auto ended = rules.when(state, until(state, morning + 1h, 2), morning + 1h).value();
  CHECK(std::get<assignment_changed>(ended[0]).change == assignment_change::ended);
  CHECK(rules.refused(state, until(state, morning + 9h, 2), morning + 2h).code == "ASSIGNMENT_ENDED");
}

TEST_CASE("role assignments: an end may be taken away again [S89-F8]") {
  role_rules rules;
  auto state = rules.after(ann(), giving(manager), morning);
  state = rules.after(state, until(state, morning + 2h), morning + 1h);
  auto for_ever = until(state, morning, 2);
  for_ever.effective_end_date.emplace();
  auto events = rules.when(state, for_ever, morning + 1h).value();
  REQUIRE(events.size() == 1);
  const auto& freed = std::get<assignment_changed>(events[0]);
  CHECK(freed.change == assignment_change::modified);
  CHECK_FALSE(freed.after.effective_end_date.has_value());
  CHECK(freed.after.version == 3);
  // What is over stays over.
  CHECK(rules.refused(state, for_ever, morning + 2h).code == "ASSIGNMENT_ENDED");
}

TEST_CASE("role assignments: what the role no longer allows is ended and never prolonged [S89-R7]") {
  role_rules rules;
  auto state = rules.after(ann(), giving(manager), morning);
  rules.roles.add({manager, "MANAGER", {}, {scope_type::location}, {}, {}, {}, 2});
  auto limited = rules.after(state, ending(state, morning + 3h), morning);
  auto prolonged = rules.refused(limited, until(limited, morning + 9h, 2), morning + 1h);
  CHECK(prolonged.kind == fault_kind::invalid);
  CHECK(prolonged.field_errors.at(0).message ==
        "Role MANAGER does not allow GLOBAL scope. Allowed scopes: [LOCATION]");
  auto for_ever = until(limited, morning, 2);
  for_ever.effective_end_date.emplace();
  CHECK(rules.refused(limited, for_ever, morning + 1h).kind == fault_kind::invalid);
  CHECK(rules.when(limited, until(limited, morning + 2h, 2), morning + 1h).has_value());
  CHECK(rules.when(state, until(state, morning + 9h), morning + 1h).has_value());
  CHECK(rules.when(state, ending(state, morning + 3h), morning + 1h).has_value());
}

TEST_CASE("role assignments: the end is now unless it says when; what is over stays over [S89-AC9 S89-F9]") {
  role_rules rules;
  auto state = rules.after(ann(), giving(manager), morning);
  auto now = rules.after(state, ending(state), morning + 1h);
  CHECK(now.assignments.size() == 1);
  CHECK(now.assignments[0].effective_end_date == morning + 1h);
  CHECK_FALSE(now.assignments[0].holds_at(morning + 1h));
  CHECK(rules.refused(now, ending(now), morning + 1h).code == "ASSIGNMENT_ENDED");
  CHECK(rules.after(state, ending(state, morning), morning + 1h).assignments[0].effective_end_date ==
        morning);
  CHECK(rules.refused(state, ending(state, morning - 1us), morning + 1h).code == "VALIDATION_FAILED");
  // Ending only takes away; extending needs the version.
  auto limited = rules.after(state, until(state, morning + 2h), morning + 1h);
  CHECK(rules.refused(limited, ending(limited, morning + 3h), morning + 1h).code == "VALIDATION_FAILED");
  CHECK(rules.when(limited, ending(limited, morning + 2h), morning + 1h).has_value());
  end_assignment unknown;
  CHECK(rules.refused(state, unknown).code == "ASSIGNMENT_NOT_FOUND");
  // Ended before it begins, it never does.
  auto before = rules.after(state, ending(state), morning - 1h);
  CHECK(before.assignments[0].effective_end_date == morning);
  CHECK_FALSE(before.assignments[0].holds_at(morning));
}
