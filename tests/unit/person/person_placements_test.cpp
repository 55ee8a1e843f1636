#include "domain/person/endings.hpp"
#include "tests/unit/person/placement_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

template <class Command>
std::vector<std::string> wrong_fields(const Command& c) {
  std::vector<field_error> errors;
  validate(c, errors);
  std::vector<std::string> names;
  names.reserve(errors.size());
  for (const auto& e : errors)
    names.push_back(e.field);
  return names;
}

timestamp day(int month, int day) {
  return std::chrono::sys_days{std::chrono::year{2026} / month / day};
}

using fields = std::vector<std::string>;

}  // namespace

TEST_CASE("placements: an assignment as it was asked for [S86-AC1 S86-F5]") {
  placement_rules rules;
  auto c = primary_at(brooklyn, morning + 1h, morning + 2h);
  c.role = " MECHANIC\t";
  c.change_reason_code = "HIRED";
  auto changes = changes_in(rules.when(ann(), c, morning).value());
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change == placement_change::created);
  CHECK_FALSE(changes[0].before.has_value());
  CHECK_FALSE(changes[0].demoted);
  const auto& p = changes[0].after;
  CHECK(p.person_id == ann_person);
  CHECK(p.location_id == brooklyn);
  CHECK(p.role == "MECHANIC");
  CHECK(p.is_primary);
  CHECK(p.effective_start_at == morning + 1h);
  CHECK(p.effective_end_at == morning + 2h);
  CHECK(p.created_at == morning);
  CHECK(p.updated_at == morning);
  CHECK(p.created_by == ann_user.value);
  CHECK(p.updated_by == ann_user.value);
  CHECK(p.change_reason_code == "HIRED");
  CHECK(p.version == 1);
}

TEST_CASE("placements: unknown persons, unknown and closed shops, persons who are not active [S86-F1]") {
  placement_rules rules;
  CHECK(rules.refused(person_state{}, placing(brooklyn, morning)).code == "PERSON_NOT_FOUND");
  CHECK(rules.refused(ann(), placing({numbered(99)}, morning)).code == "LOCATION_NOT_FOUND");
  CHECK(rules.refused(ann(), placing(closed_shop, morning)).code == "LOCATION_NOT_FOUND");
  auto gone = rules.refused(disabled(ann()), placing(brooklyn, morning));
  CHECK(gone.code == "PERSON_NOT_ACTIVE");
  CHECK(gone.kind == fault_kind::conflict);
}

TEST_CASE("placements: fields that exclude each other, roles and reasons [S86-F2 D-18]") {
  auto c = placing(brooklyn, morning, morning);
  CHECK(wrong_fields(c).empty());  // an empty window is valid
  c.effective_end_at = morning - 1us;
  CHECK(wrong_fields(c) == fields{"effectiveEndAt"});
  c.change_reason_code = std::string(65, 'x');
  for (const auto& role : {std::string{}, std::string{" \t"}, std::string(65, 'x'), std::string{"A\nB"}}) {
    c.role = role;
    CHECK(wrong_fields(c) == fields{"role", "effectiveEndAt", "changeReasonCode"});
  }
  CHECK(wrong_fields(change_placement{}) == fields{"version"});
  end_placement end;
  end.change_reason_code = " ";
  CHECK(wrong_fields(end) == fields{"changeReasonCode"});
}

TEST_CASE("placements: a new primary ends the one before it, a second before it begins [S86-AC3 D-14]") {
  placement_rules rules;
  auto state = rules.placed({primary_at(brooklyn, day(1, 1))});
  auto c = primary_at(chicago, day(6, 1));
  auto [events, view] = rules.tried(state, c, morning).value();
  auto changes = changes_in(events);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].demoted);
  CHECK(changes[0].change == placement_change::updated);
  CHECK(changes[0].before == state.placements[0]);
  CHECK(changes[0].after.effective_end_at == day(6, 1) - 1s);
  CHECK(to_string(*changes[0].after.effective_end_at) == "2026-05-31T23:59:59Z");
  CHECK(changes[0].after.is_primary);
  CHECK(changes[0].after.change_reason_code == "PRIMARY_DEMOTED");
  CHECK(changes[0].after.version == 2);
  CHECK(changes[1].change == placement_change::created);
  CHECK(changes[1].after.is_primary);
  CHECK(view.assignment == changes[1].after);
  CHECK(view.demoted == changes[0].after);
  // Moving the end to the present ends it.
  auto late = changes_in(rules.when(state, c, day(6, 1)).value());
  CHECK(late[0].change == placement_change::ended);
}

TEST_CASE(
    "placements: who began less than a second before the new primary keeps an empty window [S86-AC3 D-14]") {
  placement_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning)});
  state = rules.after(state, primary_at(chicago, morning + 1us), morning);
  CHECK(state.placements[0].effective_end_at == morning);
  CHECK_FALSE(state.placements[0].holds_at(morning));
  CHECK(state.placements[1].holds_at(morning + 1us));
}

TEST_CASE("placements: no overlap, no demotion [S86-AC3 S86-F9]") {
  placement_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning, morning + 1h)});
  CHECK(rules.when(state, primary_at(chicago, morning + 1h), morning)->size() == 1);
  CHECK(rules.when(state, primary_at(chicago, morning - 1h, morning), morning)->size() == 1);
  CHECK(rules.when(state, primary_at(chicago, morning + 1min, morning + 1min), morning)->size() == 1);
  CHECK(rules.when(state, placing(chicago, morning), morning)->size() == 1);
}

TEST_CASE(
    "placements: a primary that begins later is not pushed away, nor is one of the past [S86-R2 D-15]") {
  placement_rules rules;
  auto state = rules.placed({primary_at(brooklyn, morning, morning + 1h)});
  auto at_once = rules.refused(state, primary_at(chicago, morning));
  CHECK(at_once.code == "PRIMARY_OVERLAP");
  CHECK(at_once.details->text.find(to_string(state.placements[0].assignment_id)) != std::string::npos);
  CHECK(rules.refused(state, primary_at(chicago, morning - 1us)).code == "PRIMARY_OVERLAP");
  // An hour later the first is history, which is never rewritten.
  CHECK(rules.refused(state, primary_at(chicago, morning + 1min), morning + 1h).code == "PRIMARY_OVERLAP");
  CHECK(rules.when(state, primary_at(chicago, morning + 1min), morning + 59min)->size() == 2);
  // It does not help that one can be ended if another cannot.
  auto both = rules.placed({primary_at(brooklyn, morning, morning + 1h), primary_at(chicago, morning + 2h)});
  CHECK(rules.refused(both, primary_at(chicago, morning + 1min)).code == "ASSIGNMENT_OVERLAP");
  CHECK(rules.refused(both, placing(chicago, morning + 1min, {}, true, "MANAGER")).code == "PRIMARY_OVERLAP");
}

TEST_CASE("placements: the same role at the same shop at the same time, whatever its case [S86-AC4 S86-R4]") {
  placement_rules rules;
  auto state = rules.placed({placing(brooklyn, day(1, 1), day(12, 31))});
  auto overlap = rules.refused(state, placing(brooklyn, day(6, 1), day(8, 1)));
  CHECK(overlap.code == "ASSIGNMENT_OVERLAP");
  CHECK(overlap.kind == fault_kind::conflict);
  CHECK(overlap.details->text ==
        R"({"assignmentId":")" + to_string(state.placements[0].assignment_id) + "\"}");
  CHECK(rules.refused(state, placing(brooklyn, day(6, 1), day(8, 1), false, " Mechanic ")).code ==
        "ASSIGNMENT_OVERLAP");
  CHECK(rules.when(state, placing(brooklyn, day(6, 1), day(8, 1), false, "MANAGER"), morning).has_value());
  CHECK(rules.when(state, placing(chicago, day(6, 1), day(8, 1)), morning).has_value());
  CHECK(rules.when(state, placing(brooklyn, day(12, 31)), morning).has_value());
  CHECK(rules.when(state, placing(brooklyn, day(6, 1), day(6, 1)), morning).has_value());
  // Checked before any demotion: the old one would give way, but has the same role at the same shop.
  auto primary = rules.placed({primary_at(brooklyn, day(1, 1))});
  CHECK(rules.refused(primary, primary_at(brooklyn, day(6, 1))).code == "ASSIGNMENT_OVERLAP");
}

TEST_CASE("placements: the end itself is outside [S86-AC5 D-13]") {
  placement_rules rules;
  auto state = rules.placed({placing(brooklyn, day(1, 1), day(1, 11))});
  const auto& p = state.placements[0];
  CHECK_FALSE(p.holds_at(day(1, 1) - 1us));
  CHECK(p.holds_at(day(1, 1)));
  CHECK(p.holds_at(day(1, 11) - 1us));
  CHECK_FALSE(p.holds_at(day(1, 11)));
}

TEST_CASE("placements: start, end and primary flag change, with the version [S86-AC6 S86-F6]") {
  placement_rules rules;
  auto state = rules.placed({placing(brooklyn, day(1, 1), day(6, 30))});
  auto c = changing(state.placements[0]);
  c.effective_end_at = maybe_time{day(5, 31)};
  c.change_reason_code = "SEASON";
  auto changes = changes_in(rules.when(state, c, morning).value());
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change == placement_change::updated);
  CHECK(changes[0].before == state.placements[0]);
  CHECK(changes[0].after.effective_end_at == day(5, 31));
  CHECK(changes[0].after.effective_start_at == day(1, 1));
  CHECK(changes[0].after.change_reason_code == "SEASON");
  CHECK(changes[0].after.version == 2);

  c.version = 2;
  CHECK(rules.refused(state, c).code == "VERSION_CONFLICT");
  c.if_match = 2;
  CHECK(rules.refused(state, c).code == "PRECONDITION_FAILED");
  CHECK(rules.refused(state, change_placement{}).code == "ASSIGNMENT_NOT_FOUND");

  auto start = changing(state.placements[0]);
  start.effective_start_at = day(6, 30) + 1us;
  CHECK(rules.refused(state, start).field_errors.at(0).field == "effectiveEndAt");
  start.effective_end_at = maybe_time{};  // no end
  auto moved = rules.after(state, start, morning).placements[0];
  CHECK(moved.effective_start_at == day(6, 30) + 1us);
  CHECK_FALSE(moved.effective_end_at.has_value());

  auto same = changing(state.placements[0]);
  same.effective_end_at = maybe_time{day(6, 30)};
  same.change_reason_code = "NOTHING";
  CHECK(rules.when(state, same, morning)->empty());
}

TEST_CASE("placements: a change meets the same rules as a creation [S86-AC6 S86-F3]") {
  placement_rules rules;
  auto state = rules.placed({placing(brooklyn, day(1, 1), day(2, 1)), placing(brooklyn, day(3, 1))});
  auto longer = changing(state.placements[0]);
  longer.effective_end_at = maybe_time{};
  CHECK(rules.refused(state, longer).code == "ASSIGNMENT_OVERLAP");
  longer.effective_end_at = maybe_time{day(3, 1)};
  CHECK(rules.when(state, longer, morning).has_value());

  auto two = rules.placed({primary_at(brooklyn, day(1, 1)), placing(chicago, day(6, 1))});
  auto promote = changing(two.placements[1]);
  promote.is_primary = true;
  auto events = rules.when(two, promote, morning).value();
  auto changes = changes_in(events);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].demoted);
  CHECK(changes[0].after.effective_end_at == day(6, 1) - 1s);
  CHECK(changes[1].change == placement_change::updated);
  CHECK(changes[1].after.is_primary);
  CHECK(rules.answer(two, promote, morning).demoted == changes[0].after);

  auto later = rules.placed({placing(brooklyn, day(1, 1)), primary_at(chicago, day(6, 1))});
  auto refused_promotion = changing(later.placements[0]);
  refused_promotion.is_primary = true;
  CHECK(rules.refused(later, refused_promotion).code == "PRIMARY_OVERLAP");
  refused_promotion.effective_end_at = maybe_time{day(6, 1)};
  CHECK(rules.when(later, refused_promotion, morning)->size() == 1);
}

TEST_CASE("placements: an end takes away, now unless it says when; what is over is history [S86-F7]") {
  placement_rules rules;
  auto state = rules.placed({placing(brooklyn, day(1, 1), day(6, 30))});
  const auto& p = state.placements[0];
  auto now = changes_in(rules.when(state, ending(p), morning).value());
  CHECK(now[0].change == placement_change::ended);
  CHECK(now[0].after.effective_end_at == morning);
  auto soon = changes_in(rules.when(state, ending(p, day(3, 1)), morning).value());
  CHECK(soon[0].change == placement_change::updated);
  CHECK(rules.when(state, ending(p, day(6, 30)), morning)->empty());
  CHECK(rules.refused(state, ending(p, day(7, 1))).field_errors.at(0).field == "effectiveEndAt");
  CHECK(rules.refused(state, ending(p, day(1, 1) - 1us)).field_errors.at(0).field == "effectiveEndAt");
  CHECK(rules.refused(state, end_placement{}).code == "ASSIGNMENT_NOT_FOUND");

  auto over = rules.after(state, ending(p), morning);
  CHECK(rules.refused(over, ending(over.placements[0])).code == "ASSIGNMENT_ENDED");
  auto revived = changing(over.placements[0]);
  revived.effective_end_at = maybe_time{};
  CHECK(rules.refused(over, revived).code == "ASSIGNMENT_ENDED");

  // Ended before it begins, it never does.
  auto early = changes_in(rules.when(state, ending(p), day(1, 1) - 1h).value());
  CHECK(early[0].after.effective_end_at == day(1, 1));
  CHECK(early[0].change == placement_change::ended);
}

TEST_CASE("placements: what ends with a person's work: all that is not over by then [S90-F5c]") {
  placement_rules rules;
  auto state =
      rules.placed({placing(brooklyn, day(1, 1)), placing(chicago, day(1, 1), morning),
                    placing(chicago, day(2, 1)), placing(chicago, day(1, 5), day(1, 20), false, "ADVISOR")});
  auto ctx = at(morning);
  auto ended = [&](std::size_t i) { return ended_placement(state.placements[i], morning, "LEFT", ctx); };
  REQUIRE(ended(0).has_value());
  CHECK(ended(0)->after.effective_end_at == morning);
  CHECK(ended(0)->after.change_reason_code == "LEFT");
  CHECK(ended(0)->change == placement_change::ended);
  CHECK_FALSE(ended(1).has_value());
  REQUIRE(ended(2).has_value());
  CHECK(ended(2)->after.effective_end_at == day(2, 1));
  CHECK(ended(2)->change == placement_change::ended);
  REQUIRE(ended(3).has_value());
  CHECK(ended(3)->after.effective_end_at == morning);
}
