#include "tests/unit/time/timecard_fixture.hpp"

#include <random>

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// Free text can be erased, so it is stored next to the trail, not in it.
constexpr std::string_view noted = "knee hurts";

/// Random taps on the clock at times that mostly move forward.
struct random_taps : time_clock {
  std::mt19937 random;
  timestamp now = at("2026-03-07T12:00:00Z");  // US clocks change the next night

  timecard_command tap() {
    switch (random() % 5) {
      case 0: return clock_in{random() % 2 ? chicago : los_angeles, std::string{noted}};
      case 1: return clock_out{};
      case 2: return start_break{static_cast<break_type>(random() % 3), {}};
      case 3: return end_break{};
      default: return get_timecard{};
    }
  }
  void pass_time() { now += std::chrono::seconds{static_cast<int>(random() % 20'000) - 1000}; }
};

/// What a tap answers is on the clock afterwards.
struct answer_check {
  const timecard_state& after;

  void operator()(const clocked_in_view& v) const {
    REQUIRE(after.open_session() != nullptr);
    CHECK(*after.open_session() == v.clock_session);
    CHECK(after.find(v.timecard.id)->card == v.timecard);
  }
  void operator()(const clocked_out_view& v) const {
    const auto& day = *after.find(v.timecard.id);
    CHECK(day.card == v.timecard);
    CHECK(day.sessions.back() == v.clock_session);
    if (v.auto_ended_break)
      CHECK(day.breaks.back() == *v.auto_ended_break);
  }
  void operator()(const break_record& pause) const {
    CHECK(after.find(pause.timecard_id)->breaks.back() == pause);
  }
  void operator()(const auto& /*reads*/) const {}
};

void check_invariants(const timecard_state& state) {
  int open_sessions = 0, running_breaks = 0;
  for (const auto& day : state.recent) {
    for (const auto& s : day.sessions) {
      open_sessions += s.status == timecard_status::open;
      CHECK((s.status == timecard_status::open) == !s.clock_out_at);
      CHECK(s.clock_out_at.value_or(s.clock_in_at) >= s.clock_in_at);
    }
    for (std::size_t i = 0; i < day.breaks.size(); ++i) {
      const auto& b = day.breaks[i];
      running_breaks += b.status == break_status::in_progress;
      auto session = std::find_if(day.sessions.begin(), day.sessions.end(),
                                  [&](const auto& s) { return s.id == b.clock_session_id; });
      REQUIRE(session != day.sessions.end());
      CHECK(b.start_time >= session->clock_in_at);
      if (session->clock_out_at)
        CHECK(b.end_time.value() <= *session->clock_out_at);
      if (i > 0)
        CHECK(b.start_time >= day.breaks[i - 1].end_time.value());
    }
  }
  CHECK(open_sessions <= 1);
  CHECK(running_breaks <= 1);
}

}  // namespace

TEST_CASE("laws: over random taps, decided events evolve and every rule of the clock holds [S84-R1 S84-R2 "
          "S84-R3]") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    random_taps clock;
    clock.random.seed(seed);
    for (int i = 0; i < 60; ++i) {
      clock.pass_time();
      role_catalog roles;
      facts known{clock.shops, roles, clock.ids};
      auto ctx = clock.context(clock.now);
      auto command = clock.tap();
      auto before = clock.state;
      auto tap = [&](const auto& answered) {
        return std::visit(
            [&](const auto& c) {
              auto made = decided(clock.state, c, ctx, known);
              answered(made);
              return events_in(std::move(made));
            },
            command);
      };
      effects out;
      auto events = tap([&](const auto& made) {
        CHECK(clock.state == before);
        if (!made)
          return;
        for (const auto& event : made->events) {
          evolve(clock.state, event);
          add_effects(out, event, ctx, clock.ids);
        }
        answer_check{clock.state}(made->answer);
      });
      if (!events)
        continue;
      for (const auto& row : out.writes)
        if (row.table().name == "audit.entry")
          CHECK(row.text().find(noted) == std::string::npos);
      check_invariants(clock.state);
      // The same tap again is refused or changes nothing: no tap counts twice.
      if (!events->empty()) {
        auto again = tap([](const auto&) {});
        CHECK((again.has_error() || again->empty()));
      }
    }
  }
}
