#include "tests/unit/person/person_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

rotate_refresh rotating(std::uint64_t n, std::int64_t generation) {
  auto hash = [&](std::int64_t g) { return "hash-" + std::to_string(n) + "-" + std::to_string(g); };
  return {family(n), generation, hash(generation), hash(generation + 1)};
}

revoke_session signing_out(std::uint64_t n, std::int64_t generation) {
  return {family(n), generation, rotating(n, generation).secret_hash};
}

const session_revoked& only_revocation(const outcome<person_events>& events) {
  REQUIRE(events.has_value());
  REQUIRE(events->size() == 1);
  return std::get<session_revoked>(events->front());
}

}  // namespace

TEST_CASE("session: signing in opens one, once") {
  person_rules rules;
  auto after = rules.after(ann(), signing_in(1), morning);
  REQUIRE(after.sessions.size() == 1);
  CHECK(after.sessions[0].generation == 1);
  CHECK(after.sessions[0].user_id == ann_user);
  CHECK(rules.when(after, signing_in(1), morning + 1s)->empty());
}

TEST_CASE("session: a user that is not ACTIVE cannot sign in") {
  person_rules rules;
  auto refused = rules.when(disabled(ann()), signing_in(1), morning);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == "ACCOUNT_DISABLED");
  CHECK(refused.error().message == "User account is disabled");
  CHECK(http_status(refused.error().kind) == 403);
  auto only_person = ann();
  only_person.person->status = access_status::terminated;
  CHECK(rules.when(only_person, signing_in(1), morning).error().code == "ACCOUNT_DISABLED");
}

TEST_CASE("session: nobody signs in as somebody else's user, or without one") {
  person_rules rules;
  auto other = signing_in(1);
  other.user_id = {numbered(99)};
  CHECK(rules.when(ann(), other, morning).error().kind == fault_kind::unauthenticated);
  person_state nobody;
  CHECK(rules.when(nobody, signing_in(1), morning).error().kind == fault_kind::unauthenticated);
}

TEST_CASE("refresh: the current token is traded for the next, and expiry stays") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1), morning);
  auto after = rules.after(state, rotating(1, 1), morning + 10min);
  REQUIRE(after.sessions.size() == 1);
  CHECK(after.sessions[0].generation == 2);
  CHECK(after.sessions[0].secret_hash == "hash-1-2");
  CHECK(after.sessions[0].expires_at == state.sessions[0].expires_at);
  auto answered = rules.answer(state, rotating(1, 1), morning + 10min);
  REQUIRE(answered.session.has_value());
  CHECK(answered.session->generation == 2);
}

TEST_CASE("refresh: a token used before ends the session") {
  person_rules rules;
  auto state = rules.after(rules.after(ann(), signing_in(1), morning), rotating(1, 1), morning + 1min);
  auto events = rules.when(state, rotating(1, 1), morning + 2min);
  CHECK(only_revocation(events).session.revoke_reason == revoke_reason::token_reused);
  auto after = state;
  evolve(after, events->front());
  CHECK_FALSE(rules.answer(state, rotating(1, 1), morning + 2min).session.has_value());
  CHECK(rules.when(after, rotating(1, 2), morning + 3min).error().kind == fault_kind::unauthenticated);
}

TEST_CASE("refresh: of a hundred uses of one token, one succeeds and the session is over") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1), morning);
  int succeeded = 0;
  for (int i = 0; i < 100; ++i) {
    auto events = rules.when(state, rotating(1, 1), morning);
    if (!events)
      continue;
    for (const auto& e : *events) {
      succeeded += std::holds_alternative<session_rotated>(e);
      evolve(state, e);
    }
  }
  CHECK(succeeded == 1);
  CHECK(state.sessions.empty());
}

TEST_CASE("refresh: not after the session's end, not for a disabled user") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1, morning + 1h), morning);
  CHECK(rules.when(state, rotating(1, 1), morning + 1h).error().kind == fault_kind::unauthenticated);
  CHECK(rules.when(state, rotating(1, 1), morning + 1h - 1us).has_value());
  CHECK(rules.when(disabled(state), rotating(1, 1), morning).error().code == "ACCOUNT_DISABLED");
  CHECK(rules.when(state, rotating(2, 1), morning).error().kind == fault_kind::unauthenticated);
}

TEST_CASE("sign-out: ends the session; a second time, or an unknown one, changes nothing") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1), morning);
  CHECK(only_revocation(rules.when(state, signing_out(1, 1), morning)).session.revoke_reason ==
        revoke_reason::signed_out);
  auto after = rules.after(state, signing_out(1, 1), morning);
  CHECK(after.sessions.empty());
  CHECK(rules.when(after, signing_out(1, 1), morning)->empty());
  CHECK(rules.when(state, signing_out(7, 1), morning)->empty());
}

TEST_CASE("session: its user ends one of several, and hears that another is not there") {
  person_rules rules;
  auto state = rules.after(rules.after(ann(), signing_in(1), morning), signing_in(2), morning + 1s);
  auto ended = only_revocation(rules.when(state, end_session{ann_user, family(1)}, morning + 1min)).session;
  CHECK(ended.family_id == family(1));
  CHECK(ended.revoke_reason == revoke_reason::ended_by_user);
  auto after = rules.after(state, end_session{ann_user, family(1)}, morning + 1min);
  CHECK(after.find_session(family(1)) == nullptr);
  CHECK(after.find_session(family(2)) != nullptr);
  CHECK(rules.when(after, rotating(1, 1), morning + 1min).error().kind == fault_kind::unauthenticated);
  CHECK(rules.when(after, end_session{ann_user, family(1)}, morning + 1min).error().code ==
        "SESSION_NOT_FOUND");
  CHECK(rules.when(state, end_session{{numbered(99)}, family(1)}, morning).error().code == "USER_NOT_FOUND");
}

TEST_CASE("session: all but one end at once; those that ran out are not ended again") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1, morning + 1h), morning);
  for (std::uint64_t n = 2; n <= 4; ++n)
    state = rules.after(state, signing_in(n), morning + 1s * n);
  end_sessions all_but_the_third{ann_user, family(3)};
  auto after = rules.after(state, all_but_the_third, morning + 2h);
  CHECK(rules.answer(state, all_but_the_third, morning + 2h).ended == 2);
  CHECK(after.find_session(family(3)) != nullptr);
  CHECK(after.find_session(family(2)) == nullptr);
  CHECK(rules.when(after, all_but_the_third, morning + 2h)->empty());
  CHECK(rules.when(after, end_sessions{ann_user, {}}, morning + 2h)->size() == 1);
}

TEST_CASE("session: whoever else ends one is an administrator, to the trail") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1), morning);
  auto by_bob = at(morning);
  by_bob.actor = numbered(30);
  for (const auto& ended : {events_in(decided(state, end_session{ann_user, family(1)}, by_bob, rules.known)),
                            events_in(decided(state, end_sessions{ann_user, {}}, by_bob, rules.known))})
    CHECK(only_revocation(ended).session.revoke_reason == revoke_reason::ended_by_administrator);
}

TEST_CASE("session: a password of somebody else's is good for changing it, in sessions of ours only") {
  person_rules rules;
  auto by_bob = at(morning);
  by_bob.actor = numbered(30);
  auto state = ann();
  for (const auto& e : decided(state, set_password{ann_user, "hash"}, by_bob, rules.known).value().events)
    evolve(state, e);
  CHECK(state.must_change_password);
  auto with_it = signing_in(1);
  with_it.credential_version = 1;
  CHECK(rules.answer(state, with_it, morning).required_action == required_action::change_password);
  state = rules.after(state, with_it, morning);
  auto asked = [&](token_family_uuid session) {
    return required_of(reply_to(state, {ann_user, session, false}, morning), rules.roles, {});
  };
  CHECK(asked(family(1)) == required_action::change_password);
  CHECK_FALSE(asked({}).has_value());
  state = rules.after(state, set_password{ann_user, "own", 1, true}, morning + 1min);
  CHECK_FALSE(state.must_change_password);
  CHECK(state.sessions.empty());
}

TEST_CASE("session: a given password is as good as any where the policy says so") {
  person_rules rules;
  sign_in_policy lenient{false};
  facts known{rules.locations, rules.roles, rules.ids, trusted_caller, default_offboarding_policy(), lenient};
  auto by_bob = at(morning);
  by_bob.actor = numbered(30);
  auto state = ann();
  for (const auto& e : decided(state, set_password{ann_user, "hash"}, by_bob, known).value().events)
    evolve(state, e);
  CHECK_FALSE(state.must_change_password);
}

TEST_CASE("session: the eleventh sign-in ends the oldest") {
  person_rules rules;
  auto state = ann();
  for (std::uint64_t n = 1; n <= max_live_sessions; ++n)
    state = rules.after(state, signing_in(n), morning + 1s * n);
  CHECK(state.sessions.size() == max_live_sessions);
  auto events = rules.when(state, signing_in(11), morning + 1min);
  REQUIRE(events->size() == 2);
  const auto& ended = std::get<session_revoked>(events->front()).session;
  CHECK(ended.family_id == family(1));
  CHECK(ended.revoke_reason == revoke_reason::too_many_sessions);
  auto after = rules.after(state, signing_in(11), morning + 1min);
  CHECK(after.sessions.size() == max_live_sessions);
  CHECK(after.find_session(family(1)) == nullptr);
}

TEST_CASE("session: one that ran out makes room and leaves the memory") {
  person_rules rules;
  auto state = rules.after(ann(), signing_in(1, morning + 1h), morning);
  for (std::uint64_t n = 2; n <= max_live_sessions; ++n)
    state = rules.after(state, signing_in(n), morning + 1s * n);
  auto events = rules.when(state, signing_in(11), morning + 2h);
  CHECK(events->size() == 1);
  CHECK(rules.after(state, signing_in(11), morning + 2h).find_session(family(1)) == nullptr);
}

TEST_CASE("session: the trail names sign-in, reuse and end, and holds no hash") {
  person_rules rules;
  auto written = [&](const person_state& state, const auto& command) {
    effects out;
    auto ctx = at(morning);
    ctx.actor = {};  // a refresh is known by its session only
    for (const auto& e : *rules.when(state, command, morning))
      add_effects(out, e, ctx, rules.ids);
    return out.writes;
  };
  auto signed_in = written(ann(), signing_in(1));
  REQUIRE(signed_in.size() == 2);
  CHECK(signed_in[0].table().name == "security.refresh_token_family");
  CHECK(signed_in[1].table().name == "audit.entry");
  CHECK(signed_in[1].text().find("LOGIN_SUCCEEDED") != std::string::npos);
  CHECK(signed_in[1].text().find(to_string(ann_user)) != std::string::npos);
  CHECK(signed_in[1].text().find("hash-1") == std::string::npos);

  auto state = rules.after(ann(), signing_in(1), morning);
  CHECK(written(state, rotating(1, 1)).size() == 1);
  auto reused = written(state, rotating(1, 9))[1].text();
  CHECK(reused.find("REFRESH_TOKEN_REUSED") != std::string::npos);
  CHECK(reused.find(to_string(uuid{})) != std::string::npos);  // no known actor: it may be the thief
  CHECK(written(state, signing_out(1, 1))[1].text().find("SESSION_REVOKED") != std::string::npos);
}
