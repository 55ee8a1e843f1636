#pragma once

#include "domain/job_timer/commands.hpp"
#include "tests/unit/time/timecard_fixture.hpp"

namespace musterd::test {

/// A caller disabled after the access check.
class disabled_caller final : public acting_caller {
 public:
  bool active() const override { return false; }
};

/// A technician and the shops of `time_clock`; commands are decided at chosen times, and tests inspect state
/// and effects.
struct job_clock : time_clock {
  job_timer_state timers{person, {}};
  std::string order = "WO-4711";
  disabled_caller disabled;
  bool caller_is_active = true;
  effects out;

  template <class Command>
  auto tried_on_timer(const Command& c, timestamp now) {
    role_catalog roles;
    facts known{shops, roles, ids, caller_is_active ? trusted_caller : disabled};
    return decided(timers, c, context(now), known);
  }

  /// Decides, evolves and returns the answer; fails the test on a fault. `out` is what it wrote.
  template <class Command>
  typename Command::answer timed(const Command& c, timestamp now) {
    auto made = tried_on_timer(c, now);
    INFO((made.has_error() ? made.error().message : std::string{}));
    REQUIRE(made.has_value());
    out = {};
    for (const auto& e : made->events) {
      evolve(timers, e);
      add_effects(out, e, context(now), ids);
    }
    return made->answer;
  }

  template <class Command>
  fault timer_refused(const Command& c, timestamp now) {
    auto before = timers;
    auto made = tried_on_timer(c, now);
    REQUIRE(made.has_error());
    CHECK(timers == before);
    return made.error();
  }

  start_job_timer start() const { return {order, "BRAKES", chicago}; }
  force_stop_job_timers force(timestamp stop_at) const {
    return {{numbered(30), numbered(31), person, stop_at, "USER_DISABLED", 1}};
  }
  /// Rows the last command wrote to `table`.
  long written(std::string_view table) const {
    return std::count_if(out.writes.begin(), out.writes.end(),
                         [&](const auto& w) { return w.table().name == table; });
  }
  bool wrote(std::string_view text) const {
    return std::any_of(out.writes.begin(), out.writes.end(),
                       [&](const auto& w) { return w.text().find(text) != std::string::npos; });
  }
};

}  // namespace musterd::test
