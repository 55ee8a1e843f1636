#include "domain/access/authority.hpp"
#include "domain/person/account/credential.hpp"
#include "domain/person/endings.hpp"
#include "domain/person/roles/access.hpp"
#include "domain/person/sessions/session_commands.hpp"

namespace musterd {
namespace {

bool may_sign_in(const person_state& state) {
  return state.user && state.person && state.user->status == access_status::active &&
         state.person->status == access_status::active;
}

session_view session_view_of(const person_state& state, const refresh_family& s, const request_context& ctx,
                             const facts& known) {
  auto required = required_of(standing_in_session(state, ctx.now), known.roles.to_tell(), known.sign_in);
  return {s.family_id, s.user_id, state.id, s.generation, s.created_at, s.expires_at, required};
}

/// Nothing for a user who needs to show none.
outcome<std::optional<factor_changed>> factor_shown(const person_state& state,
                                                    const std::optional<factor_proof>& shown, timestamp now) {
  if (!state.factor || state.factor->status != factor_status::active)
    return std::optional<factor_changed>{};
  if (!shown)
    return second_factor_required;
  auto next = used_up(*state.factor, *shown, now);
  if (!next)
    return second_factor_invalid;
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
    return user_not_found;
  if (ctx.actor == whose.value)
    return boost::system::in_place_value;
  return check_authority(ctx, known, power_use::take, power_held(state.assignments, known.roles, ctx.now));
}

revoke_reason reason_to_end(user_uuid whose, const request_context& ctx) {
  return ctx.actor == whose.value ? revoke_reason::ended_by_user : revoke_reason::ended_by_administrator;
}

}  // namespace

session_revoked revoked(refresh_family session, timestamp now, revoke_reason why) {
  session.revoked_at = std::max(session.created_at, now);
  session.revoke_reason = why;
  ++session.version;
  return {std::move(session)};
}

person_decision<session_view> decide(const person_state& state, const open_session& c,
                                     const request_context& ctx, const facts& known) {
  if (!state.user || state.user->user_id != c.user_id)
    return user_not_known;
  if (!may_sign_in(state))
    return account_disabled;
  if (const auto* opened = state.find_session(c.family_id))
    return decision{person_events{}, session_view_of(state, *opened, ctx, known)};
  if (auto ok = check_compared(state, c.credential_version, invalid_credentials); !ok)
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
  refresh_family session{
      c.family_id, c.user_id, c.secret_hash, 1, ctx.now, ctx.now, std::max(c.expires_at, ctx.now), {}, {}, 1};
  auto view = session_view_of(state, session, ctx, known);
  events.emplace_back(session_opened{std::move(session), c.client_network});
  if (*shown)
    events.emplace_back(std::move(**shown));
  return decision{std::move(events), view};
}

person_decision<rotation_view> decide(const person_state& state, const rotate_refresh& c,
                                      const request_context& ctx, const facts& known) {
  // Before the session, which ended with the access: whoever comes with its token is told why
  // (S90-AC2).
  if (state.user && !may_sign_in(state))
    return account_disabled;
  const auto* session = state.find_session(c.family_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return refresh_token_not_valid;
  if (!is_current(*session, c.generation, c.secret_hash))
    return decision{events_of<person_event>(revoked(*session, ctx.now, revoke_reason::token_reused)),
                    rotation_view{}};
  auto next = *session;
  next.secret_hash = c.next_secret_hash;
  next.rotated_at = std::max(next.rotated_at, ctx.now);
  ++next.generation;
  ++next.version;
  rotation_view view{session_view_of(state, next, ctx, known)};
  return decision{events_of<person_event>(session_rotated{std::move(next)}), view};
}

person_decision<revocation_view> decide(const person_state& state, const revoke_session& c,
                                        const request_context& ctx, const facts&) {
  const auto* session = state.find_session(c.family_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return decision{person_events{}, revocation_view{false}};
  auto why = is_current(*session, c.generation, c.secret_hash) ? revoke_reason::signed_out
                                                               : revoke_reason::token_reused;
  return decision{events_of<person_event>(revoked(*session, ctx.now, why)), revocation_view{true}};
}

person_decision<nothing> decide(const person_state& state, const end_session& c, const request_context& ctx,
                                const facts& known) {
  if (auto ok = may_end_sessions(state, c.user_id, ctx, known); !ok)
    return ok.error();
  const auto* session = state.find_session(c.session_id);
  if (session == nullptr || !session->live_at(ctx.now))
    return session_not_found;
  return decision{events_of<person_event>(revoked(*session, ctx.now, reason_to_end(c.user_id, ctx))),
                  nothing{}};
}

person_decision<ended_sessions_view> decide(const person_state& state, const end_sessions& c,
                                            const request_context& ctx, const facts& known) {
  if (auto ok = may_end_sessions(state, c.user_id, ctx, known); !ok)
    return ok.error();
  person_events events;
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now) && s.family_id != c.kept)
      events.emplace_back(revoked(s, ctx.now, reason_to_end(c.user_id, ctx)));
  ended_sessions_view view{static_cast<std::int64_t>(events.size())};
  return decision{std::move(events), view};
}

}  // namespace musterd
