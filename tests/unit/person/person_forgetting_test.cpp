#include "domain/person/roles/authorization.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

/// Consecutive one-day assignments, the last ending at `morning`, and one without end.
person_state long_serving(std::uint64_t days) {
  auto state = ann();
  for (std::uint64_t i = 0; i < days; ++i) {
    auto end = morning - 24h * static_cast<int>(i);
    state.assignments.push_back({{numbered(1000 + i)},
                                 ann_user,
                                 {numbered(10)},
                                 scope_type::global,
                                 {},
                                 end - 24h,
                                 end,
                                 end - 24h,
                                 end - 24h,
                                 ann_user.value,
                                 {},
                                 1});
  }
  state.assignments.push_back({{numbered(999)},
                               ann_user,
                               {numbered(10)},
                               scope_type::global,
                               {},
                               morning - 24h,
                               {},
                               morning,
                               morning,
                               ann_user.value,
                               {},
                               1});
  return state;
}

end_assignment ending(uuid id) {
  end_assignment c;
  c.assignment_id = {id};
  return c;
}

}  // namespace

TEST_CASE("person: an actor that lives long forgets what ended long ago, and nothing else") {
  person_rules rules;
  auto state = rules.after(long_serving(400), ending(numbered(999)), morning + 1h);
  CHECK(state.assignments.size() == remembered_endings);
  CHECK(state.find_assignment({numbered(999)}) != nullptr);
  CHECK(state.find_assignment({numbered(1000 + 98)}) != nullptr);
  CHECK(state.find_assignment({numbered(1000 + 99)}) == nullptr);
  CHECK(state.assignments_since == morning - 24h * 98);
  auto user = authorize(state);
  CHECK(user->knows(morning - 24h * 98));
  CHECK_FALSE(user->knows(morning - 24h * 98 - 1us));
}

TEST_CASE("person: what is ended so far back that it is forgotten at once is answered all the same") {
  person_rules rules;
  auto state = long_serving(400);
  state.assignments.back().effective_start_date = morning - 24h * 390;
  auto back_dated = ending(numbered(999));
  back_dated.effective_end_date = morning - 24h * 380;
  CHECK(rules.after(state, back_dated, morning + 1h).find_assignment({numbered(999)}) == nullptr);
  CHECK(rules.answer(state, back_dated, morning + 1h).effective_end_date == back_dated.effective_end_date);
}

TEST_CASE("person: with a short history everything is remembered") {
  person_rules rules;
  auto state = rules.after(long_serving(150), ending(numbered(999)), morning + 1h);
  CHECK(state.assignments.size() == 151);
  CHECK_FALSE(state.assignments_since.has_value());
  CHECK(authorize(state)->knows(timestamp::min()));
}

TEST_CASE("person: what is forgotten has ended; what nobody knows is not there") {
  person_rules rules;
  auto state = rules.after(long_serving(400), ending(numbered(999)), morning + 1h);
  CHECK(rules.when(state, ending(numbered(1000 + 300)), morning + 2h).error().code == "ASSIGNMENT_ENDED");
  CHECK(rules.when(ann(), ending(numbered(1000 + 300)), morning + 2h).error().code == "ASSIGNMENT_NOT_FOUND");
}

}  // namespace musterd::testing
