#include "tests/unit/time/timecard_fixture.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

static const auto nine = at("2026-01-12T15:00:00Z");  // 9:00 in Chicago

TEST_CASE_FIXTURE(time_clock, "clock-in: opens a session and a timecard of the shop's local day") {
  auto in = done(clock_in{chicago, "early"}, at("2026-01-13T03:00:00Z"));
  CHECK(in.clock_session.status == timecard_status::open);
  CHECK(in.clock_session.notes == "early");
  CHECK(to_string(in.timecard.work_date) == "2026-01-12");
  CHECK(in.clock_session.timecard_id == in.timecard.id);
}

TEST_CASE_FIXTURE(time_clock, "clock-in: twice is refused") {
  done(clock_in{chicago, {}}, nine);
  CHECK(refused(clock_in{chicago, {}}, nine + 1min).code == "ALREADY_CLOCKED_IN");
}

TEST_CASE_FIXTURE(time_clock,
                  "clock-in: an unknown shop, a closed shop and another tenant's shop are not found") {
  CHECK(refused(clock_in{{numbered(77)}, {}}, nine).code == "LOCATION_NOT_FOUND");
  CHECK(refused(clock_in{closed_shop, {}}, nine).code == "LOCATION_NOT_FOUND");
  tenant = {numbered(99)};
  CHECK(refused(clock_in{chicago, {}}, nine).code == "LOCATION_NOT_FOUND");
}

TEST_CASE_FIXTURE(
    time_clock, "clock-in: the same day at the same shop continues the timecard, another shop has its own") {
  auto first = done(clock_in{chicago, {}}, nine);
  done(clock_out{}, nine + 1h);
  auto again = done(clock_in{chicago, {}}, nine + 2h);
  CHECK(again.timecard.id == first.timecard.id);
  CHECK(again.timecard.version == 3);
  done(clock_out{}, nine + 3h);
  auto elsewhere = done(clock_in{los_angeles, {}}, nine + 4h);
  CHECK(elsewhere.timecard.id != first.timecard.id);
  done(clock_out{}, nine + 5h);
  CHECK(done(clock_in{chicago, {}}, nine + 6h).timecard.id == first.timecard.id);
}

TEST_CASE_FIXTURE(time_clock,
                  "clock-in: a day has 2,000 of a person, at all shops together; the next day is another") {
  for (std::size_t i = 0; i < max_sessions_a_day; ++i) {
    done(clock_in{i % 2 ? chicago : los_angeles, {}}, nine + i * 4s);
    done(clock_out{}, nine + i * 4s + 2s);
  }
  for (auto shop : {chicago, los_angeles}) {
    auto f = refused(clock_in{shop, {}}, nine + 5h);
    CHECK(f.kind == fault_kind::conflict);
    CHECK(f.code == "TOO_MANY_CLOCK_INS");
  }
  done(clock_in{chicago, {}}, nine + 24h);
}

TEST_CASE_FIXTURE(
    time_clock,
    "breaks: a day has 2,000 of a person, at all shops together; who has had them still clocks out") {
  for (std::size_t i = 0; i < max_breaks_a_day; ++i) {
    done(clock_in{i % 2 ? chicago : los_angeles, {}}, nine + i * 4s);
    done(start_break{break_type::rest, {}}, nine + i * 4s + 1s);
    if (i + 1 < max_breaks_a_day)
      done(clock_out{}, nine + i * 4s + 2s);
  }
  done(end_break{}, nine + 4h);
  auto f = refused(start_break{break_type::rest, {}}, nine + 5h);
  CHECK(f.kind == fault_kind::conflict);
  CHECK(f.code == "TOO_MANY_BREAKS");
  done(clock_out{}, nine + 6h);
  done(clock_in{chicago, {}}, nine + 24h);
  done(start_break{break_type::rest, {}}, nine + 25h);
}

TEST_CASE_FIXTURE(time_clock, "breaks: a break is recorded from start to end [S84-AC1 S84-F6 S84-F7]") {
  auto in = done(clock_in{chicago, {}}, nine);
  auto started = done(start_break{break_type::meal, {}}, nine + 2h);
  CHECK(started.status == break_status::in_progress);
  CHECK(started.start_time == nine + 2h);
  CHECK_FALSE(started.end_time);
  auto ended = done(end_break{}, nine + 2h + 30min);
  CHECK(ended.id == started.id);
  CHECK(ended.timecard_id == in.timecard.id);
  CHECK(ended.break_type == break_type::meal);
  CHECK(ended.status == break_status::completed);
  CHECK(ended.end_reason == break_end_reason::manual_ended);
  CHECK(*ended.end_time > ended.start_time);
  CHECK_FALSE(ended.auto_ended);
}

TEST_CASE_FIXTURE(time_clock, "breaks: a second break is refused while one runs [S84-AC2 S84-R1]") {
  done(clock_in{chicago, {}}, nine);
  done(start_break{break_type::rest, {}}, nine + 1h);
  auto f = refused(start_break{break_type::meal, {}}, nine + 2h);
  CHECK(f.kind == fault_kind::conflict);
  CHECK(f.code == "BREAK_ALREADY_IN_PROGRESS");
  CHECK(f.message == "A break is already in progress.");
}

TEST_CASE_FIXTURE(time_clock, "breaks: ending a break needs one [S84-AC3]") {
  done(clock_in{chicago, {}}, nine);
  auto f = refused(end_break{}, nine + 1h);
  CHECK(f.code == "NO_ACTIVE_BREAK");
  CHECK(f.message == "No active break to end.");
}

TEST_CASE_FIXTURE(time_clock, "breaks: a break needs a clock-in [S84-AC5 S84-R2]") {
  auto f = refused(start_break{break_type::rest, {}}, nine);
  CHECK(f.code == "NOT_CLOCKED_IN");
  CHECK(f.message == "You must be clocked in to start a break.");
  CHECK(refused(clock_out{}, nine).code == "NOT_CLOCKED_IN");
}

TEST_CASE_FIXTURE(time_clock, "breaks: a running break ends with the clock-out [S84-AC6 S84-R5]") {
  done(clock_in{chicago, {}}, nine);
  done(start_break{break_type::rest, {}}, nine + 1h);
  auto made = tried(clock_out{}, nine + 2h);
  REQUIRE(made.has_value());
  REQUIRE(made->events.size() == 2);
  auto out = done(clock_out{}, nine + 2h);
  REQUIRE(out.auto_ended_break);
  const auto& pause = *out.auto_ended_break;
  CHECK(pause.end_time == out.clock_session.clock_out_at);
  CHECK(pause.end_reason == break_end_reason::auto_ended_at_clockout);
  CHECK(pause.auto_ended);
  CHECK(pause.trigger_event_id);
  CHECK(pause.updated_by == system_principal);
  CHECK(out.timecard.status == timecard_status::closed);
}

TEST_CASE_FIXTURE(time_clock, "breaks: the last type is suggested, also on the next day [S84-AC7]") {
  done(clock_in{chicago, {}}, nine);
  CHECK_FALSE(done(get_timecard{}, nine).suggested_break_type);
  done(start_break{break_type::rest, {}}, nine + 1h);
  done(clock_out{}, nine + 2h);
  done(clock_in{chicago, {}}, nine + 24h);
  CHECK(done(get_timecard{}, nine + 25h).suggested_break_type == break_type::rest);
}

TEST_CASE_FIXTURE(time_clock,
                  "timecard: minutes are counted from sessions and breaks, running ones up to now") {
  done(clock_in{chicago, {}}, nine);
  done(start_break{break_type::meal, {}}, nine + 60min);
  done(end_break{}, nine + 90min + 59s);
  auto view = done(get_timecard{}, nine + 120min);
  CHECK(view.break_minutes == 30);
  CHECK(view.worked_minutes == 89);
  CHECK(refused(get_timecard{parse_local_date("2020-01-01")}, nine).code == "TIMECARD_NOT_FOUND");
}

TEST_CASE_FIXTURE(time_clock, "clock set back: nothing ends before it started, and nothing overlaps") {
  done(clock_in{chicago, {}}, nine);
  done(start_break{break_type::meal, {}}, nine + 1h);
  auto ended = done(end_break{}, nine + 30min);
  CHECK(*ended.end_time >= ended.start_time);
  auto next = done(start_break{break_type::rest, {}}, nine + 10min);
  CHECK(next.start_time >= *ended.end_time);
  auto out = done(clock_out{}, nine - 1h);
  CHECK(*out.clock_session.clock_out_at >= next.start_time);
  auto again = done(clock_in{chicago, {}}, nine - 2h);
  CHECK(again.clock_session.clock_in_at >= *out.clock_session.clock_out_at);
}

TEST_CASE_FIXTURE(time_clock, "memory: days that are over are forgotten") {
  for (int day = 0; day < 30; ++day) {
    done(clock_in{day % 2 ? chicago : los_angeles, {}}, nine + day * 24h);
    done(clock_out{}, nine + day * 24h + 8h);
  }
  CHECK(state.recent.size() <= 4);
}

TEST_CASE("notes: longer than 2000 bytes are refused by name") {
  std::vector<field_error> errors;
  validate(clock_in{{}, std::string(2001, 'x')}, errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].field == "notes");
}
