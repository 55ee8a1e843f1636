#include "domain/person/roles/authorization.hpp"
#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr std::size_t role_count = 6, permission_count = 5, place_count = 3;

role_uuid role_number(std::size_t n) {
  return {numbered(10 + n)};
}
location_uuid place_number(std::size_t n) {
  return {numbered(20 + n)};
}

/// Which of the `permission_count` keys a role grants: the first role none, the last all.
bool grants(std::size_t role, std::size_t permission) {
  return role + 1 == role_count || (role > 0 && (permission * 7 + role * 3) % 4 == 0);
}

std::string key_number(std::size_t n) {
  return fmt::format("pricing:thing{}:edit", n);
}

role_catalog catalog() {
  role_catalog result;
  for (std::size_t r = 0; r < role_count; ++r) {
    std::vector<std::string> keys;
    for (std::size_t p = 0; p < permission_count; ++p)
      if (grants(r, p))
        keys.push_back(key_number(p));
    result.add({role_number(r), fmt::format("ROLE {}", r), {}, {scope_type::global}, keys, {}, {}, 1});
  }
  return result;
}

/// An assignment in the story's terms, as plain numbers; window [start, end) in microseconds after `morning`.
struct plain_assignment {
  std::size_t role = 0;
  std::optional<std::size_t> place;
  int start = 0;
  std::optional<int> end;

  bool allows(std::size_t permission, std::optional<std::size_t> where, int when) const {
    return grants(role, permission) && (!place || place == where) && start <= when && (!end || when < *end);
  }
};

/// A person with random assignments, as the story tells them and as the server holds them.
struct random_person {
  explicit random_person(std::mt19937& random) {
    auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    state = ann();
    auto count = below(6);
    for (std::size_t i = 0; i < count; ++i) {
      plain_assignment a{below(role_count), {}, static_cast<int>(below(20)), {}};
      if (below(3) != 0)
        a.place = below(place_count);
      if (below(3) != 0)
        a.end = a.start + static_cast<int>(below(8));
      story.push_back(a);
      role_assignment held;
      held.assignment_id = {numbered(500 + i)};
      held.user_id = ann_user;
      held.role_id = role_number(a.role);
      held.scope_type = a.place ? scope_type::location : scope_type::global;
      if (a.place)
        held.location_id = place_number(*a.place);
      held.effective_start_date = morning + a.start * 1us;
      if (a.end)
        held.effective_end_date = morning + *a.end * 1us;
      state.assignments.push_back(held);
    }
  }

  person_state state;
  std::vector<plain_assignment> story;
};

person_state holding(timestamp start, std::optional<timestamp> end, std::optional<location_uuid> place) {
  auto state = ann();
  role_assignment a;
  a.assignment_id = {numbered(500)};
  a.user_id = ann_user;
  a.role_id = role_number(role_count - 1);
  a.location_id = place;
  a.effective_start_date = start;
  a.effective_end_date = end;
  state.assignments.push_back(a);
  return state;
}

}  // namespace

TEST_CASE(
    "authorization: a million random questions are decided as the story says [S89-R8 G-AUTH-1 G-AUTH-5]") {
  std::mt19937 random{89};
  auto roles = catalog();
  std::size_t wrong = 0, wrong_ids = 0, contradictions = 0, allowed = 0;
  for (int person = 0; person < 20'000; ++person) {
    random_person p{random};
    auto user = authorize(p.state);
    for (int i = 0; i < 50; ++i) {
      auto permission = random() % permission_count;
      std::optional<std::size_t> where;
      if (random() % 4 != 0)
        where = random() % place_count;
      int when = static_cast<int>(random() % 30) - 1;
      decision_question q{user.get(), roles.index_of(key_number(permission)), {}, morning + when * 1us};
      if (where)
        q.place = place_number(*where);
      std::vector<role_assignment_uuid> expected;
      for (std::size_t a = 0; a < p.story.size(); ++a)
        if (p.story[a].allows(permission, where, when))
          expected.push_back({numbered(500 + a)});

      auto decided = decide_authorization(q, roles);
      auto explained = explain_authorization(q, roles);
      wrong += (decided.decision == decision_outcome::allow) != !expected.empty();
      wrong += allows(user->held(), *q.permission, q.place, q.at, roles) != !expected.empty();
      auto places = where_held(user->held(), *q.permission, q.at, roles);
      wrong += (q.place ? places.covers(*q.place) : places.everywhere) != !expected.empty();
      auto spans = when_held(user->held(), *q.permission, q.place, roles);
      wrong += std::ranges::count_if(spans, [&](const auto& span) {
                 return span.from <= q.at && q.at < span.until;
               }) != static_cast<int>(!expected.empty());
      wrong_ids += decided.matched_assignment_ids != expected;
      contradictions += explained.decision != decided.decision || explained.reason != decided.reason ||
                        explained.explanation.empty();
      allowed += !expected.empty();
    }
  }
  CHECK(wrong == 0);
  CHECK(wrong_ids == 0);
  CHECK(contradictions == 0);
  CHECK(allowed > 50'000);
  CHECK(allowed < 950'000);
}

TEST_CASE(
    "authorization: never allowed at or after the end, never denied at the start [S89-AC5 S89-AC6 D-13]") {
  std::mt19937_64 random{91};
  auto roles = catalog();
  auto permission = roles.index_of(key_number(0)).value();
  std::size_t wrong = 0;
  for (int i = 0; i < 300'000; ++i) {
    auto start = morning + std::chrono::microseconds{static_cast<std::int64_t>(random() % (1ull << 50))};
    auto end = start + 1us + std::chrono::microseconds{static_cast<std::int64_t>(random() % (1ull << 45))};
    auto user = authorize(holding(start, end, place_number(0)));
    auto may = [&](timestamp t) { return allows(user->held(), permission, place_number(0), t, roles); };
    wrong += may(start - 1us) + !may(start) + !may(end - 1us) + may(end) + may(end + 1us);
  }
  CHECK(wrong == 0);
}

TEST_CASE("authorization: an empty window never holds, one without end always does") {
  auto roles = catalog();
  auto permission = roles.index_of(key_number(0)).value();
  auto empty = authorize(holding(morning, morning, {}));
  for (auto t : {morning - 1us, morning, morning + 1us})
    CHECK_FALSE(allows(empty->held(), permission, {}, t, roles));
  auto endless = authorize(holding(morning, {}, {}));
  CHECK(allows(endless->held(), permission, {}, morning + 24h * 365 * 200, roles));
  CHECK_FALSE(allows(endless->held(), permission, {}, morning - 1us, roles));
}

TEST_CASE("authorization: nobody, somebody unknown, somebody disabled") {
  auto roles = catalog();
  auto permission = roles.index_of(key_number(0));
  CHECK(authorize(person_state{}) == nullptr);
  CHECK(decide_authorization({nullptr, permission, {}, morning}, roles).reason ==
        decision_reason::unknown_user);
  auto state = holding(morning, {}, {});
  state.user->status = access_status::disabled;
  auto out = authorize(state);
  CHECK_FALSE(allows(out->held(), *permission, {}, morning, roles));
  CHECK(decide_authorization({out.get(), permission, {}, morning}, roles).reason ==
        decision_reason::user_not_active);
  state = holding(morning, {}, {});
  state.person->status = access_status::terminated;
  CHECK_FALSE(allows(authorize(state)->held(), *permission, {}, morning, roles));
  auto in = authorize(holding(morning, {}, {}));
  CHECK(decide_authorization({in.get(), {}, {}, morning}, roles).reason ==
        decision_reason::unknown_permission);
  CHECK_FALSE(allows(in->held(), *permission, {}, morning, role_catalog{}));
}

TEST_CASE("authorization: what holds at one shop holds nowhere else, nor without a shop") {
  auto roles = catalog();
  auto permission = roles.index_of(key_number(0)).value();
  auto user = authorize(holding(morning, {}, place_number(1)));
  CHECK(allows(user->held(), permission, place_number(1), morning, roles));
  CHECK_FALSE(allows(user->held(), permission, place_number(2), morning, roles));
  CHECK_FALSE(allows(user->held(), permission, {}, morning, roles));
  CHECK_FALSE(allows(user->held(), permission, location_uuid{}, morning, roles));
}

TEST_CASE("authorization: the explanation names the nearest miss first") {
  auto roles = catalog();
  auto state = holding(morning, morning + 1h, place_number(1));
  auto other = state.assignments[0];
  other.assignment_id = {numbered(501)};
  other.location_id = place_number(2);
  other.effective_end_date.reset();
  state.assignments.insert(state.assignments.begin(), other);
  auto user = authorize(state);
  auto told = explain_authorization(
      {user.get(), roles.index_of(key_number(0)), place_number(1), morning + 2h}, roles);
  CHECK(told.reason == decision_reason::expired);
  CHECK(told.explanation == "role ROLE 5: expired 2026-01-11T08:00:00Z");
  REQUIRE(told.considered.size() == 2);
  CHECK(told.considered[0].assignment_id == role_assignment_uuid{numbered(500)});
  CHECK(told.considered[1].reason == decision_reason::other_location);
}
