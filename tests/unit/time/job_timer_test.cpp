#include "domain/person/roles/authorized_users.hpp"
#include "tests/unit/time/job_timer_fixture.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

static const auto nine = at("2026-01-12T15:00:00Z");

TEST_CASE_FIXTURE(job_clock, "job timer: runs from start to stop, and its seconds are counted") {
  auto started = timed(start(), nine);
  CHECK(started.status == job_timer_status::running);
  CHECK(started.technician_id == person);
  CHECK(started.work_order_id == order);
  CHECK(started.job_code == "BRAKES");
  CHECK_FALSE(started.end_time);
  CHECK(wrote("JOB_TIMER_STARTED"));
  CHECK(wrote("workexec.job_timer.started.v1"));
  CHECK(timed(get_active_job_timers{}, nine + 1min).items == std::vector{started});
  auto ended = timed(stop_job_timer{}, nine + 90s + 999ms);
  CHECK(ended.timer_id == started.timer_id);
  CHECK(ended.end_time == nine + 90s + 999ms);
  CHECK(ended.duration_seconds == 90);
  CHECK_FALSE(ended.forced_stop);
  CHECK(ended.version == 2);
  CHECK(wrote("JOB_TIMER_STOPPED"));
  CHECK(wrote("workexec.job_timer.stopped.v1"));
  CHECK(timed(get_active_job_timers{}, nine + 2min).items.empty());
}

TEST_CASE_FIXTURE(job_clock, "job timer: one at a time, and only what runs can be stopped") {
  CHECK(timer_refused(stop_job_timer{}, nine).code == "NO_ACTIVE_TIMER");
  timed(start(), nine);
  auto f = timer_refused(start(), nine + 1min);
  CHECK(f.kind == fault_kind::conflict);
  CHECK(f.code == "TIMER_ALREADY_ACTIVE");
  timed(stop_job_timer{}, nine + 2min);
  CHECK(timer_refused(stop_job_timer{}, nine + 3min).code == "NO_ACTIVE_TIMER");
}

TEST_CASE_FIXTURE(job_clock, "job timer: unknown and closed shops and those of others are not found") {
  for (auto place : {location_uuid{numbered(77)}, closed_shop})
    CHECK(timer_refused(start_job_timer{order, {}, place}, nine).code == "LOCATION_NOT_FOUND");
  tenant = {numbered(99)};
  CHECK(timer_refused(start(), nine).code == "LOCATION_NOT_FOUND");
}

TEST_CASE("job timer: a job code has 1 to 64 bytes") {
  auto wrong = [](std::optional<std::string> code) {
    std::vector<field_error> errors;
    validate(start_job_timer{"WO-1", std::move(code), {}}, errors);
    return errors.size() == 1 && errors[0].field == "jobCode";
  };
  CHECK(wrong(""));
  CHECK(wrong(std::string(65, 'x')));
  CHECK_FALSE(wrong(std::string(64, 'x')));
  CHECK_FALSE(wrong({}));
}

TEST_CASE_FIXTURE(
    job_clock,
    "job timer: a forced stop ends the timer at the deactivation and says why [S90-AC3 S90-F5d S90-F16]") {
  auto started = timed(start(), nine);
  auto said = timed(force(nine + 10min), nine + 11min);
  CHECK(said.case_id == numbered(30));
  CHECK(said.command_id == numbered(31));
  CHECK(said.person_id == person);
  CHECK(said.stopped_timer_ids == std::vector{started.timer_id.value});
  REQUIRE(timers.latest);
  CHECK(timers.latest->end_time == nine + 10min);
  CHECK(timers.latest->duration_seconds == 600);
  CHECK(timers.latest->forced_stop);
  CHECK(timers.latest->forced_stop_reason == "USER_DISABLED");
  CHECK(timers.latest->updated_at == nine + 11min);
  CHECK(wrote("JOB_TIMER_FORCE_STOPPED"));
  CHECK(wrote("workexec.job_timer.stopped.v1"));
  CHECK(wrote("workexec.job_timers.stopped.v1"));
  CHECK(written("audit.entry") == 1);
  CHECK(written("messaging.outbox") == 2);
}

TEST_CASE_FIXTURE(job_clock, "job timer: the answer goes out again, also when nothing runs [S90-AC3]") {
  CHECK(timed(force(nine), nine).stopped_timer_ids.empty());
  CHECK(written("messaging.outbox") == 1);
  CHECK(written("audit.entry") == 0);
  timed(start(), nine);
  timed(force(nine + 1min), nine + 1min);
  auto after = timers;
  for (int i = 0; i < 3; ++i) {
    CHECK(timed(force(nine + 1min), nine + 2min).stopped_timer_ids.empty());
    CHECK(out.writes.size() == 1);
    CHECK(wrote("JobTimersStopped"));
    CHECK(timers == after);
  }
}

TEST_CASE_FIXTURE(job_clock,
                  "forced stop: what a request under way began goes too, what was begun later stays") {
  timed(start(), nine + 59s);
  CHECK(timed(force(nine), nine + 2min).stopped_timer_ids.size() == 1);
  CHECK(timers.latest->end_time == nine + 59s);  // never before its start
  CHECK(timers.latest->duration_seconds == 0);
  timed(start(), nine + 1h);
  CHECK(timed(force(nine + 1h - deactivation_grace), nine + 2h).stopped_timer_ids.empty());
  CHECK(timers.running() != nullptr);
}

TEST_CASE_FIXTURE(job_clock, "forced stop: an instant far ahead is taken for now") {
  timed(start(), nine);
  timed(force(nine + 24h * 365), nine + 5min);
  CHECK(timers.latest->end_time == nine + 5min);
  CHECK(timed(start(), nine + 6min).start_time == nine + 6min);
}

TEST_CASE_FIXTURE(job_clock, "clock set back: no timer ends before it starts, and none overlaps another") {
  timed(start(), nine);
  auto ended = timed(stop_job_timer{}, nine - 1h);
  CHECK(ended.end_time == nine);
  CHECK(ended.duration_seconds == 0);
  CHECK(timed(start(), nine - 2h).start_time == nine);
}

TEST_CASE_FIXTURE(job_clock, "disabled meanwhile: nothing new begins, what runs can be ended") {
  done(clock_in{chicago, {}}, nine);
  timed(start(), nine);
  timed(stop_job_timer{}, nine + 1min);
  caller_is_active = false;
  auto f = timer_refused(start(), nine + 2min);
  CHECK(f.code == "ACCOUNT_DISABLED");
  CHECK(http_status(f.kind) == 403);
  role_catalog roles;
  facts known{shops, roles, ids, disabled};
  auto on_break = decided(state, start_break{break_type::meal, {}}, context(nine), known);
  REQUIRE(on_break.has_error());
  CHECK(on_break.error().code == "ACCOUNT_DISABLED");
  CHECK(decided(state, clock_out{}, context(nine + 3min), known).has_value());
  time_clock other;
  facts known_there{other.shops, roles, other.ids, disabled};
  auto came = decided(other.state, clock_in{other.chicago, {}}, other.context(nine), known_there);
  REQUIRE(came.has_error());
  CHECK(came.error().code == "ACCOUNT_DISABLED");
}

TEST_CASE_FIXTURE(job_clock, "acting caller: a user who is shown as disabled; all others may") {
  authorized_users users;
  auto ctx = context(nine);
  shown_caller caller{users, ctx, nine};
  CHECK(caller.active());  // unknown here: nothing has changed since the access check
  auto show = [&](tenant_uuid of, bool active) {
    users.put(of,
              std::make_shared<const authorized_user>(authorized_user{{ctx.actor}, ctx.person, active, {}}));
  };
  show({numbered(99)}, false);
  CHECK(caller.active());
  show(tenant, true);
  CHECK(caller.active());
  show(tenant, false);
  CHECK_FALSE(caller.active());
  ctx.kind = principal_kind::service;
  CHECK(caller.active());
}
