#include "tests/unit/offboarding/offboarding_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

std::optional<case_happening> what_of(const offboarding_events& events) {
  if (events.empty())
    return std::nullopt;
  return std::get<command_changed>(events.front()).what;
}

effects effects_of(case_rules& rules, const offboarding_events& events, timestamp now) {
  effects out;
  for (const auto& e : events)
    add_effects(out, e, at(now), rules.ids);
  return out;
}

bool writes_to(const effects& out, std::string_view table, std::string_view text = {}) {
  return std::any_of(out.writes.begin(), out.writes.end(), [&](const auto& w) {
    return w.table().name == table && w.text().find(text) != std::string::npos;
  });
}

bool counts(const effects& out, std::string_view metric) {
  return std::any_of(out.signals.begin(), out.signals.end(),
                     [&](const auto& s) { return s.metric == metric; });
}

/// The work execution fails every attempt at once, at exactly the times the case schedules.
struct day_of_failures {
  std::vector<timestamp> attempts;
  std::optional<timestamp> given_up;
};
day_of_failures run_a_day(case_rules& rules) {
  day_of_failures result;
  auto id = rules.timers().command_id;
  result.attempts.push_back(*rules.timers().last_attempt_at);
  rules.then(report_command{id, "no", {}}, morning);
  while (rules.timers().due_at) {
    auto now = *rules.timers().due_at;
    CHECK(rules.when(run_due_command{id}, now - 1us)->empty());  // not a microsecond early
    auto events = rules.then(run_due_command{id}, now);
    if (what_of(events) == case_happening::moved_to_dead_letters) {
      result.given_up = now;
      break;
    }
    result.attempts.push_back(now);
    rules.then(report_command{id, "no", {}}, now);
  }
  return result;
}

}  // namespace

TEST_CASE("offboarding: a failing command is tried after 1m 5m 15m 1h and every 6h and given up after 24h "
          "[S90-AC7 S90-F8 D-27]") {
  case_rules rules;
  auto day = run_a_day(rules);
  CHECK(day.attempts == std::vector<timestamp>{morning, morning + 1min, morning + 6min, morning + 21min,
                                               morning + 81min, morning + 7h + 21min, morning + 13h + 21min,
                                               morning + 19h + 21min});
  CHECK(day.given_up == morning + 24h);
  CHECK(rules.timers().state == command_state::requires_manual_intervention);
  CHECK(rules.timers().attempts == 8);
  CHECK(rules.state.opened->state == case_state::requires_manual_intervention);
}

TEST_CASE("offboarding: a command given up is a dead letter and an alert and a metric and a critical line "
          "[S90-AC7 S90-F22 S90-F28]") {
  case_rules rules;
  auto id = rules.timers().command_id;
  rules.then(report_command{id, "no", {}}, morning);
  auto now = morning + 24h;
  auto events = rules.then(run_due_command{id}, now);
  REQUIRE(what_of(events) == case_happening::moved_to_dead_letters);
  auto out = effects_of(rules, events, now);
  CHECK(writes_to(out, "messaging.outbox", "musterd.dead_letters"));
  CHECK(writes_to(out, "messaging.outbox", "ops.alert.critical.v1"));
  CHECK(writes_to(out, "messaging.alert", "OFFBOARDING_CRITICAL"));
  CHECK(writes_to(out, "audit.entry", "OFFBOARDING_COMMAND_DEAD_LETTERED"));
  CHECK(counts(out, "user_deactivation_saga_dlq_total"));
  CHECK(std::any_of(out.signals.begin(), out.signals.end(),
                    [](const auto& s) { return s.level == log::level::critical; }));
}

TEST_CASE("Security: what a neighbour says went wrong is kept readable") {
  case_rules rules;
  rules.then(report_command{rules.timers().command_id, "closed\u202e\x1b[2J", {}}, morning + 2s);
  CHECK(rules.timers().last_error == "closed\ufffd\ufffd[2J");
}

TEST_CASE("offboarding: a failed command enters the retry queue and says so [S90-AC3 S90-F21]") {
  case_rules rules;
  auto events = rules.then(report_command{rules.timers().command_id, "workshop is closed", {}}, morning + 2s);
  CHECK(rules.timers().state == command_state::retrying);
  CHECK(rules.timers().last_error == "workshop is closed");
  CHECK(rules.timers().due_at == morning + 2s + 1min);
  auto out = effects_of(rules, events, morning + 2s);
  CHECK(counts(out, "user_deactivation_saga_retry_total"));
  CHECK(counts(out, "user_deactivation_failure_total"));
  CHECK_FALSE(writes_to(out, "messaging.outbox"));  // no request before it is due
}

TEST_CASE("offboarding: silence fails like a refusal once the answer is overdue") {
  case_rules rules;
  auto id = rules.timers().command_id;
  CHECK(rules.when(run_due_command{id}, morning + 29s)->empty());
  auto events = rules.then(run_due_command{id}, morning + 30s);
  CHECK(what_of(events) == case_happening::failed);
  CHECK(rules.timers().first_failed_at == morning + 30s);
  CHECK(rules.timers().due_at == morning + 90s);
  CHECK(rules.timers().last_error == "No answer within 30s.");
}

TEST_CASE("offboarding: a due command asks the work execution again with the next attempt's number") {
  case_rules rules;
  auto id = rules.timers().command_id;
  rules.then(report_command{id, "no", {}}, morning);
  auto events = rules.then(run_due_command{id}, morning + 1min);
  CHECK(rules.timers().attempts == 2);
  auto out = effects_of(rules, events, morning + 1min);
  CHECK(writes_to(out, "messaging.outbox", "workexec.stop_job_timers.v1"));
}

TEST_CASE("offboarding: an answer counts once and late and after the dead letter") {
  case_rules rules;
  auto id = rules.timers().command_id;
  SUBCASE("twice") {
    rules.then(report_command{id, {}, {}}, morning + 1s);
    CHECK(rules.when(report_command{id, {}, {}}, morning + 2s)->empty());
    CHECK(rules.when(report_command{id, "no", {}}, morning + 2s)->empty());
    CHECK(rules.timers().attempts == 1);
  }
  SUBCASE("late: while the next attempt is waited for") {
    rules.then(run_due_command{id}, morning + 30s);
    CHECK(rules.when(report_command{id, "no", {}}, morning + 40s)->empty());  // stale: this attempt has
                                                                              // failed already
    rules.then(report_command{id, {}, {}}, morning + 41s);
    CHECK(rules.timers().state == command_state::succeeded);
    CHECK_FALSE(rules.timers().due_at.has_value());
  }
  SUBCASE("late: a failure of an attempt before this one") {
    rules.then(run_due_command{id}, morning + 30s);
    rules.then(run_due_command{id}, morning + 90s);
    CHECK(rules.when(report_command{id, "no", 1}, morning + 91s)->empty());
    rules.then(report_command{id, "no", 2}, morning + 92s);
    CHECK(rules.timers().state == command_state::retrying);
  }
  SUBCASE("after the dead letter") {
    rules.then(report_command{id, "no", {}}, morning);
    rules.then(run_due_command{id}, morning + 24h);
    CHECK(rules.when(report_command{id, "no", {}}, morning + 25h)->empty());
    rules.then(report_command{id, {}, {}}, morning + 26h);
    CHECK(rules.timers().state == command_state::succeeded);
    CHECK(rules.state.opened->state == case_state::in_progress);  // the clock session is still to be closed
  }
}

TEST_CASE("offboarding: a case is completed when nothing is left to be done") {
  case_rules rules;
  rules.then(report_command{rules.timers().command_id, {}, {}}, morning + 1s);
  CHECK(rules.state.opened->state == case_state::in_progress);
  auto events = rules.then(report_command{rules.clock().command_id, {}, {}}, morning + 2s);
  CHECK(rules.state.opened->state == case_state::completed);
  CHECK(rules.state.opened->closed_at == morning + 2s);
  CHECK(rules.clock().attempts == 1);
  CHECK(writes_to(effects_of(rules, events, morning + 2s), "people.offboarding_case", "COMPLETED"));
}

TEST_CASE("offboarding: what this server does itself is not asked of others") {
  case_rules rules;
  CHECK(rules.when(run_due_command{rules.clock().command_id}, morning + 1s)->empty());
  rules.then(report_command{rules.clock().command_id, "UNAVAILABLE", {}}, morning + 1s);
  CHECK(rules.clock().state == command_state::retrying);
  CHECK(rules.clock().due_at == morning + 61s);
}

TEST_CASE("offboarding: an operator runs a command again [S90-AC8]") {
  case_rules rules;
  auto id = rules.timers().command_id;
  SUBCASE("not while its answer is awaited") {
    CHECK(code_of(rules.when(retry_command{id}, morning + 1s)) == "COMMAND_IN_PROGRESS");
  }
  SUBCASE("before its time") {
    rules.then(report_command{id, "no", {}}, morning);
    auto events = rules.then(retry_command{id}, morning + 10s);
    CHECK(rules.timers().state == command_state::in_progress);
    CHECK(rules.timers().first_failed_at == morning);  // the window goes on
    CHECK(writes_to(effects_of(rules, events, morning + 10s), "messaging.outbox", "StopJobTimers"));
  }
  SUBCASE("from the dead letters, in a new window") {
    rules.then(report_command{id, "no", {}}, morning);
    rules.then(run_due_command{id}, morning + 24h);
    auto now = morning + 30h;
    auto events = rules.then(retry_command{id}, now);
    CHECK(rules.state.opened->state == case_state::in_progress);
    CHECK(writes_to(effects_of(rules, events, now), "audit.entry", "OFFBOARDING_COMMAND_RETRY_REQUESTED"));
    rules.then(report_command{id, "no", {}}, now + 1s);
    CHECK(rules.timers().first_failed_at == now + 1s);
    CHECK(rules.timers().due_at == now + 1s + 1min);
  }
  SUBCASE("not one that is done") {
    rules.then(report_command{id, {}, {}}, morning + 1s);
    CHECK(code_of(rules.when(retry_command{id}, morning + 2s)) == "COMMAND_FINISHED");
  }
  SUBCASE("of this server's own work: it becomes due") {
    rules.then(report_command{rules.clock().command_id, "no", {}}, morning);
    rules.then(retry_command{rules.clock().command_id}, morning + 5s);
    CHECK(rules.clock().state == command_state::pending);
    CHECK(rules.clock().due_at == morning + 5s);
  }
}

TEST_CASE("offboarding: an operator pauses and resumes a command [S90-AC8]") {
  case_rules rules;
  auto id = rules.timers().command_id;
  rules.then(report_command{id, "no", {}}, morning);
  CHECK(code_of(rules.when(resume_command{id}, morning)) == "COMMAND_NOT_PAUSED");
  rules.then(pause_command{id}, morning + 1s);
  CHECK(rules.timers().state == command_state::paused);
  CHECK_FALSE(rules.timers().due_at.has_value());
  CHECK(rules.when(pause_command{id}, morning + 2s)->empty());
  CHECK(rules.when(run_due_command{id}, morning + 48h)->empty());
  rules.then(resume_command{id}, morning + 48h);
  CHECK(rules.timers().due_at == morning + 48h);
  CHECK_FALSE(rules.timers().first_failed_at.has_value());  // the old window is over; a new one begins
}

TEST_CASE("offboarding: an operator accepts the risk with a justification that is audited [S90-AC8]") {
  case_rules rules;
  auto id = rules.timers().command_id;
  std::vector<field_error> errors;
  validate(accept_risk{{"  "}, id}, errors);
  CHECK(errors.size() == 1);
  rules.then(report_command{id, "no", {}}, morning);
  auto events = rules.then(accept_risk{{"The device was handed in."}, id}, morning + 1s);
  CHECK(rules.timers().state == command_state::risk_accepted);
  auto out = effects_of(rules, events, morning + 1s);
  CHECK(writes_to(out, "audit.entry", "OFFBOARDING_RISK_ACCEPTED"));
  CHECK(writes_to(out, "audit.personal_value", "The device was handed in."));
  CHECK(code_of(rules.when(accept_risk{{"again"}, id}, morning + 2s)) == "COMMAND_FINISHED");
  rules.then(report_command{rules.clock().command_id, {}, {}}, morning + 2s);
  CHECK(rules.state.opened->state == case_state::completed);
}

TEST_CASE("Security: what is written about a case can be erased from beside the trail, and is not in it") {
  case_rules rules;
  auto id = rules.timers().command_id;
  rules.then(report_command{id, "Ann is in rehab", {}}, morning);
  auto out =
      effects_of(rules, rules.then(accept_risk{{"Ann handed it in."}, id}, morning + 1s), morning + 1s);
  for (const auto* text : {"Ann is in rehab", "Ann handed it in."}) {
    CHECK_FALSE(writes_to(out, "audit.entry", text));
    CHECK(writes_to(out, "audit.personal_value", text));
  }
  CHECK(writes_to(out, "audit.personal_value", to_string(ann_user)));
}

TEST_CASE("offboarding: unknown cases and commands are named") {
  case_rules rules;
  CHECK(code_of(rules.when(retry_command{numbered(77)}, morning)) == "COMMAND_NOT_FOUND");
  rules.state = {};
  CHECK(code_of(rules.when(retry_command{numbered(77)}, morning)) == "OFFBOARDING_CASE_NOT_FOUND");
}

TEST_CASE("Security: offboarding: only an open command of this person's case asks for timers to be stopped") {
  case_rules rules;
  auto id = rules.timers().command_id;
  auto now = morning + 1h;
  CHECK(rules.when(confirm_stop_job_timers{id, ann_person}, now)->empty());
  auto asked = rules.tried(confirm_stop_job_timers{id, ann_person}, now)->answer;
  CHECK(asked.case_id == rules.state.opened->case_id);
  CHECK(asked.command_id == id);
  CHECK(asked.person_id == ann_person);
  CHECK(asked.stop_at == rules.state.opened->effective_at);
  CHECK(asked.reason == reason_of(rules.state.opened->kind));
  CHECK(asked.attempt == 1);
  CHECK(code_of(rules.when(confirm_stop_job_timers{id, {numbered(7)}}, now)) == "COMMAND_NOT_FOUND");
  CHECK(code_of(rules.when(confirm_stop_job_timers{numbered(7), ann_person}, now)) == "COMMAND_NOT_FOUND");
  CHECK(code_of(rules.when(confirm_stop_job_timers{rules.clock().command_id, ann_person}, now)) ==
        "COMMAND_NOT_FOUND");
  rules.then(report_command{id, {}, {}}, now);
  CHECK(code_of(rules.when(confirm_stop_job_timers{id, ann_person}, now)) == command_finished.code);
  rules.state = {};
  CHECK(code_of(rules.when(confirm_stop_job_timers{id, ann_person}, now)) == "OFFBOARDING_CASE_NOT_FOUND");
}
