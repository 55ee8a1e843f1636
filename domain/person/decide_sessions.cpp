#include "domain/person/decide.hpp"

#include "domain/person/access.hpp"

namespace musterd {
namespace {

fault session_not_valid() {
  return unauthenticated("The refresh token is not valid.");
}

bool may_sign_in(const person_state& state) {
  return state.user && state.person && state.user->status == access_status::active &&
         state.person->status == access_status::active;
}

session_view view_of(const person_state& state, const refresh_family& s) {
  return {s.family_id, s.user_id, state.id, s.generation, s.expires_at};
}

bool is_current(const refresh_family& s, std::int64_t generation, const std::string& secret_hash) {
  return s.generation == generation && s.secret_hash == secret_hash;
}

}  // namespace

session_revoked revoked(refresh_family session, timestamp now, revoke_reason why) {
  session.revoked_at = std::max(session.created_at, now);
  session.revoke_reason = why;
  ++session.version;
  return {std::move(session)};
}

outcome<person_events> decide(const person_state& state, const open_session& c, const request_context& ctx,
                              facts&) {
  if (!state.user || state.user->user_id != c.user_id)
    return unauthenticated("The user is not known.");
  if (!may_sign_in(state))
    return account_disabled();
  if (state.find_session(c.family_id) != nullptr)
    return person_events{};
  std::vector<const refresh_family*> live;
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now))
      live.push_back(&s);
  person_events events;
  for (std::size_t i = 0; live.size() - i >= max_live_sessions; ++i)
    events.emplace_back(revoked(*live[i], ctx.now, revoke_reason::too_many_sessions));
  events.emplace_back(session_opened{{c.family_id,
                                      c.user_id,
                                      c.secret_hash,
                                      1,
                                      ctx.now,
                                      ctx.now,
                                      std::max(c.expires_at, ctx.now),
                                      {},
                                      {},
                                      1},
                                     c.client_network});
  return events;
}

outcome<person_events> decide(const person_state& state, const rotate_refresh& c, const request_context& ctx,
                              facts&) {
  // Before the session, which ended with the access: whoever comes with its token is told why (Story 90,
  // AC2).
  if (state.user && !may_sign_in(state))
    return account_disabled();
  const auto* session = state.find_session(c.family_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return session_not_valid();
  if (!is_current(*session, c.generation, c.secret_hash))
    return person_events{revoked(*session, ctx.now, revoke_reason::token_reused)};
  auto next = *session;
  next.secret_hash = c.next_secret_hash;
  next.rotated_at = std::max(next.rotated_at, ctx.now);
  ++next.generation;
  ++next.version;
  return person_events{session_rotated{std::move(next)}};
}

outcome<person_events> decide(const person_state& state, const revoke_session& c, const request_context& ctx,
                              facts&) {
  const auto* session = state.find_session(c.family_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return person_events{};
  auto why = is_current(*session, c.generation, c.secret_hash) ? revoke_reason::signed_out
                                                               : revoke_reason::token_reused;
  return person_events{revoked(*session, ctx.now, why)};
}

session_view answer(const person_state& after, const open_session& c, const person_events&, timestamp) {
  return view_of(after, *after.find_session(c.family_id));
}

rotation_view answer(const person_state& after, const rotate_refresh& c, const person_events&, timestamp) {
  const auto* session = after.find_session(c.family_id);
  return {session ? std::optional{view_of(after, *session)} : std::nullopt};
}

revocation_view answer(const person_state&, const revoke_session&, const person_events& events, timestamp) {
  return {!events.empty()};
}

}  // namespace musterd
