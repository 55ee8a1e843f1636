#include "domain/access/authority.hpp"
#include "domain/person/account/credential.hpp"
#include "domain/person/account/second_factor_commands.hpp"

namespace musterd {
namespace {

outcome<void> check_user(const person_state& state, user_uuid user) {
  if (!state.user || state.user->user_id != user)
    return user_not_found;
  return boost::system::in_place_value;
}

second_factor next_of(const second_factor& factor, timestamp now) {
  auto result = factor;
  result.changed_at = std::max(factor.changed_at, now);
  ++result.version;
  return result;
}

decision<person_event, second_factor_view> factor_decision(factor_change change, second_factor next) {
  second_factor_view view{next.status, static_cast<std::int64_t>(next.recovery_hashes.size())};
  return {events_of<person_event>(factor_changed{change, std::move(next)}), view};
}

fault wrong_code() {
  return validation_failed({{"totpCode", "totpCode is not the present code, or was used before."}});
}

/// Whoever has it removed signs in with the password alone, as if it had just been set for them.
outcome<void> may_remove(const person_state& state, const remove_second_factor& c, const request_context& ctx,
                         const facts& known) {
  if (ctx.actor != c.user_id.value)
    return check_authority(ctx, known, power_use::give, power_held(state.assignments, known.roles, ctx.now));
  if (state.factor->status == factor_status::active &&
      !(c.shown && used_up(*state.factor, *c.shown, ctx.now)))
    return wrong_code();
  return boost::system::in_place_value;
}

}  // namespace

std::optional<second_factor> used_up(const second_factor& factor, const factor_proof& shown, timestamp now) {
  if (factor.status != factor_status::active || factor.factor_id != shown.factor_id)
    return std::nullopt;
  auto result = next_of(factor, now);
  if (shown.step && *shown.step > factor.last_step) {
    result.last_step = *shown.step;
    return result;
  }
  if (shown.recovery_hash && std::erase(result.recovery_hashes, *shown.recovery_hash) > 0)
    return result;
  return std::nullopt;
}

person_decision<second_factor_view> decide(const person_state& state, const enrol_second_factor& c,
                                           const request_context& ctx, const facts& known) {
  if (auto ok = check_user(state, c.user_id); !ok)
    return ok.error();
  if (auto ok = check_compared(state, c.credential_version, password_changed_meanwhile); !ok)
    return ok.error();
  if (state.factor && state.factor->status == factor_status::active)
    return second_factor_active;
  auto next = state.factor ? next_of(*state.factor, ctx.now)
                           : second_factor{c.user_id, {}, {}, {}, {}, 0, ctx.now, 1};
  next.factor_id = known.ids.next();
  next.status = factor_status::pending;
  next.sealed_secret = c.sealed_secret;
  next.recovery_hashes.clear();
  next.last_step = 0;
  return factor_decision(factor_change::enrolled, std::move(next));
}

person_decision<second_factor_view> decide(const person_state& state, const confirm_second_factor& c,
                                           const request_context& ctx, const facts&) {
  if (auto ok = check_user(state, c.user_id); !ok)
    return ok.error();
  if (!state.factor || !is_pending_at(*state.factor, ctx.now))
    return second_factor_not_pending;
  if (c.shown.factor_id != state.factor->factor_id || !c.shown.step)
    return wrong_code();
  auto next = next_of(*state.factor, ctx.now);
  next.status = factor_status::active;
  next.last_step = *c.shown.step;
  next.recovery_hashes = c.recovery_hashes;
  return factor_decision(factor_change::confirmed, std::move(next));
}

person_decision<nothing> decide(const person_state& state, const remove_second_factor& c,
                                const request_context& ctx, const facts& known) {
  if (auto ok = check_user(state, c.user_id); !ok)
    return ok.error();
  if (!state.factor || state.factor->status == factor_status::removed)
    return second_factor_not_found;
  if (auto ok = may_remove(state, c, ctx, known); !ok)
    return ok.error();
  auto next = next_of(*state.factor, ctx.now);
  next.status = factor_status::removed;
  next.sealed_secret.clear();
  next.recovery_hashes.clear();
  return decision{factor_decision(factor_change::removed, std::move(next)).events, nothing{}};
}

}  // namespace musterd
