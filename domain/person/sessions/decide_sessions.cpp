#include "domain/person/decide.hpp"

#include "domain/access/authority.hpp"
#include "domain/person/account/credential.hpp"
#include "domain/person/roles/access.hpp"

namespace musterd {
namespace {

fault session_not_valid() {
  return unauthenticated("The refresh token is not valid.");
}

bool may_sign_in(const person_state& state) {
  return state.user && state.person && state.user->status == access_status::active &&
         state.person->status == access_status::active;
}

session_view view_of(const person_state& state, const refresh_family& s, const request_context& ctx,
                     const facts& known) {
  auto required = required_of(reply_to(state, {s.user_id, s.family_id, false}, ctx.now),
                              known.roles.to_tell(), known.sign_in);
  return {s.family_id, s.user_id, state.id, s.generation, s.created_at, s.expires_at, required};
}

/// Nothing for a user who needs to show none.
outcome<std::optional<factor_changed>> factor_shown(const person_state& state,
                                                    const std::optional<factor_proof>& shown, timestamp now) {
  if (!state.factor || state.factor->status != factor_status::active)
    return std::optional<factor_changed>{};
  if (!shown)
    return second_factor_required();
  auto next = used_up(*state.factor, *shown, now);
  if (!next)
    return second_factor_invalid();
  auto change = shown->step ? factor_change::code_used : factor_change::recovery_code_used;
  return std::optional{factor_changed{change, std::move(*next)}};
}

bool is_current(const refresh_family& s, std::int64_t generation, const std::string& secret_hash) {
  return s.generation == generation && s.secret_hash == secret_hash;
}

/// Everybody ends their own sessions; anybody else's are taken from them, as access is.
outcome<void> may_end_sessions(const person_state& state, user_uuid whose, const request_context& ctx,
                               const facts& known) {
  if (!state.user || state.user->user_id != whose)
    return user_not_found();
  if (ctx.actor == whose.value)
    return boost::system::in_place_value;
  return check_authority(ctx, known, power_use::take, power_held(state.assignments, known.roles, ctx.now));
}

revoke_reason reason_to_end(user_uuid whose, const request_context& ctx) {
  return ctx.actor == whose.value ? revoke_reason::ended_by_user : revoke_reason::ended_by_administrator;
}

}  // namespace

fault invalid_credentials() {
  return {fault_kind::unauthenticated, "INVALID_CREDENTIALS", "Username or password is wrong.", {}, {}, {}};
}

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
  if (auto ok = check_compared(state, c.credential_version, invalid_credentials()); !ok)
    return ok.error();
  auto shown = factor_shown(state, c.shown, ctx.now);
  if (!shown)
    return shown.error();
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
  if (*shown)
    events.emplace_back(std::move(**shown));
  return events;
}

outcome<person_events> decide(const person_state& state, const rotate_refresh& c, const request_context& ctx,
                              facts&) {
  // Before the session, which ended with the access: whoever comes with its token is told why
  // (S90-AC2).
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

outcome<person_events> decide(const person_state& state, const end_session& c, const request_context& ctx,
                              facts& known) {
  if (auto ok = may_end_sessions(state, c.user_id, ctx, known); !ok)
    return ok.error();
  const auto* session = state.find_session(c.session_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return not_found("SESSION_NOT_FOUND", "The user has no such session, or it has ended.");
  return person_events{revoked(*session, ctx.now, reason_to_end(c.user_id, ctx))};
}

outcome<person_events> decide(const person_state& state, const end_sessions& c, const request_context& ctx,
                              facts& known) {
  if (auto ok = may_end_sessions(state, c.user_id, ctx, known); !ok)
    return ok.error();
  person_events events;
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now) && s.family_id != c.kept)
      events.emplace_back(revoked(s, ctx.now, reason_to_end(c.user_id, ctx)));
  return events;
}

session_view answer(const person_state& after, const open_session& c, const person_events&,
                    const request_context& ctx, const facts& known) {
  return view_of(after, *after.find_session(c.family_id), ctx, known);
}

rotation_view answer(const person_state& after, const rotate_refresh& c, const person_events&,
                     const request_context& ctx, const facts& known) {
  const auto* session = after.find_session(c.family_id);
  return {session ? std::optional{view_of(after, *session, ctx, known)} : std::nullopt};
}

revocation_view answer(const person_state&, const revoke_session&, const person_events& events, timestamp) {
  return {!events.empty()};
}

nothing answer(const person_state&, const end_session&, const person_events&, timestamp) {
  return {};
}

ended_sessions_view answer(const person_state&, const end_sessions&, const person_events& events, timestamp) {
  return {static_cast<std::int64_t>(events.size())};
}

}  // namespace musterd
