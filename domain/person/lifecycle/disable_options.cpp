#include "domain/access/authority.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"

namespace musterd {
namespace {

using enum assignment_termination;

disable_obstacle obstacle(fault f, std::optional<assignment_termination> option = {}) {
  return {std::move(f.code), std::move(f.message), option};
}

std::optional<disable_obstacle> obstacle_to_all(const person_state& state, const get_disable_options& c,
                                                const request_context& ctx, const facts& known) {
  if (state.user->status != access_status::active)
    return obstacle(user_already_disabled);
  if (ctx.actor == c.user_id.value)
    return obstacle(cannot_disable_self);
  if (auto ok =
          check_authority(ctx, known, power_use::take, power_held(state.assignments, known.roles, ctx.now));
      !ok)
    return obstacle(ok.error());
  if (!c.nobody_else.empty())
    return obstacle(nobody_left(c.nobody_else.front()));
  return std::nullopt;
}

std::optional<disable_obstacle> obstacle_to_keeping(const get_disable_options& c,
                                                    const offboarding_policy& policy) {
  if (!policy.allow_keep_assignments_on_disable ||
      policy.allowed_disable_reasons_for_keep_assignments.empty())
    return obstacle(keep_assignments_not_allowed.saying("The policy does not allow to keep assignments."),
                    leave_assignments_active);
  if (!c.may_keep_assignments)
    return disable_obstacle{"ACCESS_DENIED", "To keep assignments takes people:user:keep_assignments.",
                            leave_assignments_active};
  return std::nullopt;
}

}  // namespace

person_decision<disable_options_view> decide(const person_state& state, const get_disable_options& c,
                                             const request_context& ctx, const facts& known) {
  if (!state.is_user(c.user_id))
    return user_not_found;
  const auto& policy = known.offboarding;
  disable_options_view result;
  result.reason_codes = policy.reason_codes;
  if (auto everything = obstacle_to_all(state, c, ctx, known)) {
    result.reasons.push_back(std::move(*everything));
    return decision{person_events{}, std::move(result)};
  }
  result.can_disable = true;
  result.options = {end_assignments_now, end_assignments_at_date};
  if (policy.end_assignments_on_disable)
    result.default_option = end_assignments_now;
  if (auto keeping = obstacle_to_keeping(c, policy))
    result.reasons.push_back(std::move(*keeping));
  else
    result.options.push_back(leave_assignments_active);
  return decision{person_events{}, std::move(result)};
}

}  // namespace musterd
