#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Ann, whose authenticator was confirmed with the code of step 100.
person_state with_factor() {
  auto state = ann();
  state.factor =
      second_factor{ann_user, numbered(70), factor_status::active, "sealed", {"one", "two"}, 100, morning, 2};
  return state;
}

factor_proof code_of(std::int64_t step, std::uint64_t factor = 70) {
  return {numbered(factor), step, {}};
}

factor_proof recovery(std::string hash) {
  return {numbered(70), {}, std::move(hash)};
}

open_session showing(std::uint64_t n, std::optional<factor_proof> shown) {
  auto result = signing_in(n);
  result.shown = std::move(shown);
  return result;
}

std::string said(const outcome<person_events>& events) {
  return events ? "ok" : events.error().code;
}

}  // namespace

TEST_CASE("second factor: signing in takes a code, and each only once, nor an earlier one") {
  person_rules rules;
  auto state = with_factor();
  CHECK(said(rules.when(state, showing(1, {}), morning)) == "SECOND_FACTOR_REQUIRED");
  CHECK(said(rules.when(state, showing(1, factor_proof{numbered(70), {}, {}}), morning)) ==
        "SECOND_FACTOR_INVALID");
  CHECK(said(rules.when(state, showing(1, code_of(100)), morning)) == "SECOND_FACTOR_INVALID");
  CHECK(said(rules.when(state, showing(1, code_of(101, 71)), morning)) == "SECOND_FACTOR_INVALID");
  auto after = rules.after(state, showing(1, code_of(102)), morning);
  CHECK(after.sessions.size() == 1);
  CHECK(after.factor->last_step == 102);
  for (auto step : {101, 102})
    CHECK(said(rules.when(after, showing(2, code_of(step)), morning)) == "SECOND_FACTOR_INVALID");
  CHECK(said(rules.when(after, showing(2, code_of(103)), morning)) == "ok");
  // A disabled account is reported first.
  CHECK(said(rules.when(disabled(state), showing(1, {}), morning)) == "ACCOUNT_DISABLED");
}

TEST_CASE("second factor: a recovery code is good once, in place of a code") {
  person_rules rules;
  auto after = rules.after(with_factor(), showing(1, recovery("one")), morning);
  CHECK(after.factor->recovery_hashes == std::vector<std::string>{"two"});
  CHECK(after.factor->last_step == 100);
  CHECK(said(rules.when(after, showing(2, recovery("one")), morning)) == "SECOND_FACTOR_INVALID");
  CHECK(said(rules.when(after, showing(2, recovery("two")), morning)) == "ok");
}

TEST_CASE("second factor: it is asked for from its confirmation to its removal") {
  person_rules rules;
  auto state = rules.after(ann(), enrol_second_factor{ann_user, "sealed"}, morning);
  CHECK(said(rules.when(state, signing_in(1), morning)) == "ok");
  auto first = state.factor->factor_id;
  // Enrolling again makes the first secret worthless.
  state = rules.after(state, enrol_second_factor{ann_user, "other"}, morning);
  CHECK(state.factor->factor_id != first);
  CHECK(state.factor->version == 2);
  CHECK(said(rules.when(state, confirm_second_factor{ann_user, {first, 5, {}}, {"a"}}, morning)) ==
        "VALIDATION_FAILED");
  factor_proof shown{state.factor->factor_id, 5, {}};
  confirm_second_factor confirming{ann_user, shown, {"a", "b"}};
  CHECK(rules.answer(state, confirming, morning).recovery_codes_left == 2);
  state = rules.after(state, confirming, morning);
  CHECK(said(rules.when(state, signing_in(1), morning)) == "SECOND_FACTOR_REQUIRED");
  CHECK(said(rules.when(state, enrol_second_factor{ann_user, "third"}, morning)) == "SECOND_FACTOR_ACTIVE");
  CHECK(said(rules.when(state, confirm_second_factor{ann_user, shown, {}}, morning)) ==
        "SECOND_FACTOR_NOT_PENDING");
  CHECK(said(rules.when(state, remove_second_factor{ann_user, {}}, morning)) == "VALIDATION_FAILED");
  CHECK(said(rules.when(state, remove_second_factor{ann_user, shown}, morning)) == "VALIDATION_FAILED");
  shown.step = 6;
  state = rules.after(state, remove_second_factor{ann_user, shown}, morning);
  CHECK(state.factor->sealed_secret.empty());
  CHECK(state.factor->recovery_hashes.empty());
  CHECK(said(rules.when(state, signing_in(1), morning)) == "ok");
  CHECK(said(rules.when(state, remove_second_factor{ann_user, shown}, morning)) == "SECOND_FACTOR_NOT_FOUND");
  CHECK(said(rules.when(state, enrol_second_factor{ann_user, "fourth"}, morning)) == "ok");
}

TEST_CASE("second factor: an enrolment waits ten minutes for its first code, then begins anew") {
  person_rules rules;
  auto state = rules.after(ann(), enrol_second_factor{ann_user, "sealed"}, morning);
  confirm_second_factor confirming{ann_user, {state.factor->factor_id, 5, {}}, {"a"}};
  CHECK(said(rules.when(state, confirming, morning + 10min - 1s)) == "ok");
  CHECK(said(rules.when(state, confirming, morning + 10min)) == "SECOND_FACTOR_NOT_PENDING");
  state = rules.after(state, enrol_second_factor{ann_user, "other"}, morning + 1h);
  confirming.shown.factor_id = state.factor->factor_id;
  CHECK(said(rules.when(state, confirming, morning + 1h)) == "ok");
}

TEST_CASE("second factor: a recovery code that was used before does not remove it") {
  person_rules rules;
  auto after = rules.after(with_factor(), showing(1, recovery("one")), morning);
  CHECK(said(rules.when(after, remove_second_factor{ann_user, recovery("one")}, morning)) ==
        "VALIDATION_FAILED");
  CHECK(said(rules.when(after, remove_second_factor{ann_user, recovery("two")}, morning)) == "ok");
}

TEST_CASE("second factor: whoever holds a role that needs one has to enrol first, in sessions of ours") {
  person_rules rules;
  rules.roles.add({{numbered(10)}, "Manager", {}, {scope_type::global}, {"people:person:view"}, {}, {}, 1});
  sign_in_policy policy{true, {"auditor", "MANAGER"}};
  auto state = ann();
  auto required = [&](token_family_uuid session) {
    return required_of(reply_to(state, {ann_user, session, false}, morning), rules.roles, policy);
  };
  state.sessions.push_back({family(1), ann_user, "hash", 1, morning, morning, morning + 1h, {}, {}, 1});
  CHECK_FALSE(required(family(1)).has_value());
  state.assignments = {{{numbered(60)},
                        ann_user,
                        {numbered(10)},
                        scope_type::global,
                        {},
                        morning - 1h,
                        {},
                        morning,
                        morning,
                        {},
                        {},
                        1}};
  CHECK(required(family(1)) == required_action::enrol_second_factor);
  // A role this node does not know yet may be any.
  state.assignments.front().role_id = {numbered(11)};
  CHECK(required(family(1)) == required_action::enrol_second_factor);
  state.assignments.front().role_id = {numbered(10)};
  CHECK_FALSE(required({}).has_value());
  state.factor = second_factor{ann_user, numbered(70), factor_status::pending, "sealed", {}, 0, morning, 1};
  CHECK(required(family(1)) == required_action::enrol_second_factor);
  state.factor->status = factor_status::active;
  CHECK_FALSE(required(family(1)).has_value());
  state.factor.reset();
  policy.second_factor_roles.clear();
  CHECK_FALSE(required(family(1)).has_value());
}

TEST_CASE("second factor: the trail names what became of it, and holds neither secret nor hash") {
  person_rules rules;
  auto written = [&](const person_state& state, const auto& command) {
    effects out;
    for (const auto& e : *rules.when(state, command, morning))
      add_effects(out, e, at(morning), rules.ids);
    std::string entries;
    for (const auto& w : out.writes)
      if (w.table().name == "audit.entry")
        entries += w.text();
    return entries;
  };
  auto enrolled = written(ann(), enrol_second_factor{ann_user, "sealed"});
  CHECK(enrolled.find("SECOND_FACTOR_ENROLLED") != std::string::npos);
  auto recovered = written(with_factor(), showing(1, recovery("one")));
  CHECK(recovered.find("RECOVERY_CODE_USED") != std::string::npos);
  auto removed = written(with_factor(), remove_second_factor{ann_user, recovery("one")});
  CHECK(removed.find("SECOND_FACTOR_REMOVED") != std::string::npos);
  for (const auto& text : {enrolled, recovered, removed})
    for (const auto* secret : {"sealed", "\"one\"", "\"two\""})
      CHECK(text.find(secret) == std::string::npos);
}
