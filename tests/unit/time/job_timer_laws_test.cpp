#include "tests/unit/time/job_timer_fixture.hpp"

#include <random>

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// Random commands at times that mostly move forward; some stops come late.
struct random_jobs : job_clock {
  std::mt19937 random;
  timestamp now = at("2026-03-07T12:00:00Z");

  job_timer_command next() {
    now += std::chrono::seconds{static_cast<int>(random() % 600) - 60};
    switch (random() % 4) {
      case 0: return start_job_timer{order, {}, random() % 4 ? chicago : closed_shop};
      case 1: return stop_job_timer{};
      case 2: return force(now - std::chrono::seconds{static_cast<int>(random() % 300) - 30});
      default: return get_active_job_timers{};
    }
  }
};

void check_interval(const job_timer& t) {
  CHECK((t.status == job_timer_status::running) == !t.end_time);
  CHECK(t.end_time.has_value() == t.duration_seconds.has_value());
  CHECK(t.end_time.value_or(t.start_time) >= t.start_time);
  CHECK(t.duration_seconds.value_or(0) >= 0);
  CHECK(t.forced_stop == t.forced_stop_reason.has_value());
}

bool answers_only(const job_timer_events& events) {
  return std::all_of(events.begin(), events.end(),
                     [](const auto& e) { return std::holds_alternative<stop_job_timers_answered>(e); });
}

}  // namespace

TEST_CASE("laws: over random jobs decided events evolve and no two timers overlap") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    random_jobs jobs;
    jobs.random.seed(seed);
    std::optional<timestamp> last_end;
    for (int i = 0; i < 60; ++i) {
      auto command = jobs.next();
      auto before = jobs.timers;
      std::optional<job_timer> answered;
      auto decide_again = [&] {
        return std::visit(
            [&](const auto& c) {
              auto made = jobs.tried_on_timer(c, jobs.now);
              if constexpr (std::same_as<decltype(made->answer), job_timer>)
                if (made)
                  answered = made->answer;
              return events_in(std::move(made));
            },
            command);
      };
      auto events = decide_again();
      CHECK(jobs.timers == before);
      if (!events)
        continue;
      for (const auto& event : *events) {
        evolve(jobs.timers, event);
        add_effects(jobs.out, event, jobs.context(jobs.now), jobs.ids);
        if (const auto* started = std::get_if<job_timer_started>(&event))
          CHECK(started->timer.start_time >= last_end.value_or(started->timer.start_time));
      }
      if (answered)
        CHECK(answered == jobs.timers.latest);
      if (jobs.timers.latest) {
        check_interval(*jobs.timers.latest);
        last_end = jobs.timers.latest->end_time ? jobs.timers.latest->end_time : last_end;
      }
      // Repeating it is refused or changes nothing: at most the answer is sent again.
      auto again = decide_again();
      CHECK((again.has_error() || answers_only(*again)));
      if (std::holds_alternative<force_stop_job_timers>(command))
        CHECK(std::holds_alternative<stop_job_timers_answered>(events->back()));
    }
  }
}
