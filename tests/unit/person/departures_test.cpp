#include "domain/person/lifecycle/held_spans.hpp"
#include "tests/unit/person/lifecycle_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

/// What whoever may manage users, or give everything, loses, and when.
namespace {

std::optional<admin_departure> departure_in(const person_events& events) {
  return event_in<admin_departure>(events);
}

}  // namespace

TEST_CASE("offboarding: who manages users leaves a departure for the database to judge [D-54]") {
  lifecycle_rules rules;
  auto state = ann();
  CHECK_FALSE(departure_in(rules.when(state, disabling()).value()).has_value());
  state.assignments = {held(60, morning - 1h)};
  auto events = rules.when(state, disabling()).value();
  auto departed = departure_in(events);
  REQUIRE(departed.has_value());
  CHECK(departed->user_id == ann_user);
  CHECK_FALSE(departed->lost_until.has_value());
  CHECK(departed->departed_at == morning);
}

TEST_CASE("Security: who is to hold it departs before they begin, for each time of its own that is lost") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning + 1h)};
  end_assignment ending;
  ending.assignment_id = {numbered(60)};
  change_assignment emptied;
  emptied.assignment_id = {numbered(60)};
  emptied.effective_end_date = morning + 1h;
  terminate_user terminating{{}, ann_user};
  for (const auto& events : {rules.when(state, ending), rules.when(state, emptied),
                             rules.when(state, disabling()), rules.when(state, terminating)}) {
    auto departed = departure_in(events.value());
    REQUIRE(departed.has_value());
    CHECK(departed->departed_at == morning + 1h);
    CHECK_FALSE(departed->lost_until.has_value());
  }
  state.assignments.push_back(held(61, morning - 1h, morning + 30min));
  std::vector<held_span> lost;
  for (const auto& e : rules.when(state, disabling()).value())
    if (const auto* d = std::get_if<admin_departure>(&e))
      lost.push_back({d->departed_at, d->lost_until.value_or(timestamp::max())});
  CHECK(lost == std::vector<held_span>{{morning, morning + 30min}, {morning + 1h, timestamp::max()}});
}

TEST_CASE("Security: what is lost is what was held and is no longer, instant by instant") {
  for (unsigned had = 0; had < 256; ++had)
    for (unsigned has = 0; has < 256; ++has) {
      auto spans = [&](unsigned bits) {
        std::vector<held_span> result;
        for (int hour = 0; hour < 8; ++hour)
          if (bits >> hour & 1u) {
            if (!result.empty() && result.back().until == morning + hour * 1h)
              result.back().until += 1h;
            else
              result.push_back({morning + hour * 1h, morning + (hour + 1) * 1h});
          }
        return result;
      };
      if (without(spans(had), spans(has)) != spans(had & ~has))
        FAIL_CHECK("had " << had << ", has " << has);
    }
}

TEST_CASE("Security: what is held from now on are the windows of whoever is let in, joined and cut at now") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning + 5h), held(61, morning - 1h, morning + 1h),
                       held(62, morning + 30min, morning + 2h), held(63, morning - 3h, morning - 2h),
                       held(64, morning + 3h, morning + 3h)};
  state.assignments.push_back(held(65, morning - 1h));
  state.assignments.back().scope_type = scope_type::location;
  auto held_now = [&] { return held_from_now_on(state, to_manage_users, rules.roles, morning); };
  CHECK(held_now() == std::vector<held_span>{{morning, morning + 2h}, {morning + 5h, timestamp::max()}});
  CHECK(held_from_now_on(state, to_give_everything, rules.roles, morning).empty());
  state.user->status = access_status::disabled;
  CHECK(held_now().empty());
}

TEST_CASE("Security: a power of several permissions is held while all of them are, by whichever roles") {
  lifecycle_rules rules;
  const role_uuid says{numbered(13)}, does{numbered(14)};
  rules.roles.add({says, "SAYS", {}, {scope_type::global}, {std::string{any_authority}}, {}, {}, 1});
  rules.roles.add({does,
                   "DOES",
                   {},
                   {scope_type::global},
                   {to_give_everything.begin() + 1, to_give_everything.end()},
                   {},
                   {},
                   1});
  auto state = ann();
  auto of = [](role_assignment a, role_uuid role) {
    a.role_id = role;
    return a;
  };
  state.assignments = {of(held(60, morning - 1h, morning + 2h), says), of(held(61, morning + 4h), says),
                       of(held(62, morning + 1h, morning + 5h), does)};
  CHECK(held_from_now_on(state, to_give_everything, rules.roles, morning) ==
        std::vector<held_span>{{morning + 1h, morning + 2h}, {morning + 4h, morning + 5h}});
  auto left = departure_in(rules.when(state, disabling()).value());
  REQUIRE(left.has_value());
  CHECK(left->permission_key == any_authority);
  CHECK(left->departed_at == morning + 1h);
}

TEST_CASE("Security: whose assignment ends or gets an end departs as well, unless another one stays") {
  lifecycle_rules rules;
  auto state = ann();
  state.assignments = {held(60, morning - 1h)};
  end_assignment ending;
  ending.assignment_id = {numbered(60)};
  auto now = departure_in(rules.when(state, ending).value());
  REQUIRE(now.has_value());
  CHECK_FALSE(now->lost_until.has_value());
  CHECK(now->departed_at == morning);
  ending.effective_end_date = morning + 720h;
  auto later = departure_in(rules.when(state, ending).value());
  REQUIRE(later.has_value());
  CHECK_FALSE(later->lost_until.has_value());
  CHECK(later->departed_at == morning + 720h);
  change_assignment shorter;
  shorter.assignment_id = {numbered(60)};
  shorter.effective_end_date = morning + 1h;
  CHECK(departure_in(rules.when(state, shorter).value()).has_value());
  state.assignments.push_back(held(61, morning - 1h));
  CHECK_FALSE(departure_in(rules.when(state, ending).value()).has_value());
  state.assignments = {held(60, morning - 1h, morning + 720h)};
  ending.effective_end_date.reset();
  auto temporary = departure_in(rules.when(state, ending).value());
  REQUIRE(temporary.has_value());
  CHECK(temporary->lost_until == morning + 720h);
}
