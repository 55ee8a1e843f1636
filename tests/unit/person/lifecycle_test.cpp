#include "tests/unit/person/lifecycle_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

std::string code_of(const outcome<person_events>& result) {
  return result ? "" : result.error().code;
}

access_changed change_in(const person_events& events) {
  return event_in<access_changed>(events).value();
}

}  // namespace

TEST_CASE("offboarding: disabling sets user and person and the instant [S90-AC1 S90-F5a S90-F5b S90-F13 "
          "S90-F14 D-22]") {
  lifecycle_rules rules;
  auto state = rules.after(ann(), disabling({}, "RESIGNATION"));
  CHECK(state.user->status == access_status::disabled);
  CHECK(state.person->status == access_status::disabled);
  CHECK(state.user->status_effective_at == morning);
  CHECK(state.person->status_effective_at == morning);
  CHECK(state.user->status_reason_code == "RESIGNATION");
  CHECK(state.user->version == 2);
  CHECK(state.person->version == 2);
}

TEST_CASE("offboarding: a disabled user neither signs in nor keeps a session [S90-AC2]") {
  lifecycle_rules rules;
  auto state = rules.person_rules::after(ann(), signing_in(1), morning);
  state = rules.after(state, disabling(), morning + 1s);
  CHECK(state.sessions.empty());
  auto refused = rules.person_rules::when(state, signing_in(2), morning + 2s);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == "ACCOUNT_DISABLED");
  CHECK(refused.error().message == "User account is disabled");
}

TEST_CASE("offboarding: all role assignments end now by default [S90-AC4 S90-F5c]") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning - 1h), held(61, morning + 1h), held(62, morning - 2h, morning - 1h)};
  state = rules.after(state, disabling());
  CHECK(state.assignments[0].effective_end_date == morning);
  CHECK(state.assignments[1].effective_end_date == morning + 1h);  // never begins
  CHECK(state.assignments[2].effective_end_date == morning - 1h);  // was already over
  CHECK(state.assignments[2].version == 1);
}

TEST_CASE("offboarding: all location assignments end with the role assignments [S90-AC4 S90-F5c]") {
  lifecycle_rules rules;
  auto state = ann();
  auto placed = [](std::uint64_t n, timestamp start) {
    location_assignment a;
    a.assignment_id = {numbered(n)};
    a.person_id = ann_person;
    a.effective_start_at = start;
    return a;
  };
  state.placements = {placed(70, morning - 1h), placed(71, morning + 1h)};
  auto now = rules.after(state, disabling());
  CHECK(now.placements[0].effective_end_at == morning);
  CHECK(now.placements[1].effective_end_at == morning + 1h);  // never begins
  auto later =
      rules.after(state, disabling(assignment_termination::end_assignments_at_date, {}, morning + 24h));
  CHECK(later.placements[0].effective_end_at == morning + 24h);
  CHECK(later.placements[1].effective_end_at == morning + 24h);
}

TEST_CASE("offboarding: assignments end at the date the admin chose [S90-AC4 S90-F4]") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning - 1h), held(61, morning - 1h, morning + 1h)};
  state = rules.after(state, disabling(assignment_termination::end_assignments_at_date, {}, morning + 24h));
  CHECK(state.assignments[0].effective_end_date == morning + 24h);
  CHECK(state.assignments[1].effective_end_date == morning + 1h);  // ends earlier
}

TEST_CASE("offboarding: assignments are kept only where the policy allows it for the reason [S90-AC4 S90-R7 "
          "S90-F4]") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning - 1h)};
  auto keeping = disabling(assignment_termination::leave_assignments_active, "LEAVE_OF_ABSENCE");
  CHECK(code_of(rules.when(state, keeping)) == "KEEP_ASSIGNMENTS_NOT_ALLOWED");
  rules.policy.allow_keep_assignments_on_disable = true;
  CHECK(code_of(rules.when(state, keeping)) == "KEEP_ASSIGNMENTS_NOT_ALLOWED");
  rules.policy.allowed_disable_reasons_for_keep_assignments = {"LEAVE_OF_ABSENCE"};
  auto after = rules.after(state, keeping);
  CHECK_FALSE(after.assignments[0].effective_end_date.has_value());
  auto events = rules.when(state, keeping).value();
  CHECK(change_in(events).opened->commands.size() == 2);  // no assignments to end
  keeping.status_reason_code = "RESIGNATION";
  CHECK(code_of(rules.when(state, keeping)) == "KEEP_ASSIGNMENTS_NOT_ALLOWED");
}

TEST_CASE(
    "offboarding: the request must say what becomes of assignments where the policy does not [S90-R7]") {
  lifecycle_rules rules;
  rules.policy.end_assignments_on_disable = false;
  CHECK(code_of(rules.when(ann(), disabling())) == "VALIDATION_FAILED");
  CHECK(rules.when(ann(), disabling(assignment_termination::end_assignments_now)).has_value());
}

TEST_CASE("offboarding: dates and reasons that make no sense are refused [S90-F4]") {
  lifecycle_rules rules;
  auto errors_of = [](const disable_user& c) {
    std::vector<field_error> errors;
    validate(c, errors);
    return errors.size();
  };
  CHECK(errors_of(disabling(assignment_termination::end_assignments_at_date)) == 1);
  CHECK(errors_of(disabling(assignment_termination::end_assignments_now, {}, morning)) == 1);
  auto past = disabling(assignment_termination::end_assignments_at_date, {}, morning - 1s);
  CHECK(errors_of(past) == 0);
  CHECK(code_of(rules.when(ann(), past)) == "VALIDATION_FAILED");
  CHECK(code_of(rules.when(ann(), disabling({}, "BECAUSE"))) == "VALIDATION_FAILED");
}

TEST_CASE(
    "offboarding: unknown, disabled and terminated users and oneself are not disabled [S90-F9 S90-F10]") {
  lifecycle_rules rules;
  auto other = disabling();
  other.user_id = boss;
  CHECK(rules.when(ann(), other).error().message == "User not found");
  auto out = rules.after(ann(), disabling());
  CHECK(rules.when(out, disabling()).error().message == "User is already disabled");
  out = rules.after(out, terminate_user{{}, ann_user});
  CHECK(code_of(rules.when(out, disabling())) == "USER_ALREADY_DISABLED");
  CHECK(rules.person_rules::when(ann(), disabling(), morning).error().code == "CANNOT_DISABLE_SELF");
}

TEST_CASE("lifecycle: nothing leaves TERMINATED and only the disabled are enabled [S90-R6 D-25]") {
  lifecycle_rules rules;
  enable_user enabling{{}, ann_user};
  terminate_user terminating{{}, ann_user};
  CHECK(code_of(rules.when(ann(), enabling)) == "USER_NOT_DISABLED");
  auto out = rules.after(ann(), disabling(), morning);
  auto back = rules.after(out, enabling, morning + 1h);
  CHECK(back.user->status == access_status::active);
  CHECK(back.person->status == access_status::active);
  CHECK(back.user->status_effective_at == morning + 1h);
  auto gone = rules.after(out, terminating, morning + 2h);
  CHECK(gone.user->status == access_status::terminated);
  CHECK(code_of(rules.when(gone, enabling)) == "USER_TERMINATED");
  CHECK(code_of(rules.when(gone, terminating)) == "USER_ALREADY_TERMINATED");
  CHECK(rules.after(ann(), terminating).person->status == access_status::terminated);
}

TEST_CASE("offboarding: the audit payload is the story's [S90-AC5 S90-F18]") {
  lifecycle_rules rules;
  auto ctx = at(morning);
  ctx.actor = boss.value;
  effects out;
  for (const auto& e : rules.when(ann(), disabling({}, "SECURITY")).value())
    add_effects(out, e, ctx, rules.ids);
  auto entry = std::find_if(out.writes.begin(), out.writes.end(),
                            [](const auto& w) { return w.table().name == "audit.entry"; });
  REQUIRE(entry != out.writes.end());
  for (const auto* part : {"user.disabled", "\\\"timestamp\\\":\\\"2026-01-11T07:00:00Z\\\"",
                           "\\\"type\\\":\\\"Admin\\\"", "\\\"status\\\":\\\"DISABLED\\\"",
                           "\\\"statusReasonCode\\\":\\\"SECURITY\\\"", "\\\"outcome\\\":\\\"success\\\""})
    CHECK_MESSAGE(entry->text().find(part) != std::string::npos, part << " in " << entry->text());
}
