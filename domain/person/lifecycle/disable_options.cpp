#include "domain/access/authority.hpp"
#include "domain/person/decide.hpp"

namespace musterd {
namespace {

using enum assignment_termination;

std::optional<disable_obstacle> obstacle_to_all(const person_state& state, const get_disable_options& c,
                                                const request_context& ctx, const facts& known) {
  if (state.user->status != access_status::active)
    return disable_obstacle{"USER_ALREADY_DISABLED", "User is already disabled", {}};
  if (ctx.actor == c.user_id.value)
    return disable_obstacle{"CANNOT_DISABLE_SELF", "You cannot disable yourself.", {}};
  if (auto ok =
          check_authority(ctx, known, power_use::take, power_held(state.assignments, known.roles, ctx.now));
      !ok)
    return disable_obstacle{ok.error().code, ok.error().message, {}};
  if (!c.nobody_else.empty())
    return disable_obstacle{"LAST_ADMIN", std::string{nobody_left(c.nobody_else.front())}, {}};
  return std::nullopt;
}

std::optional<disable_obstacle> obstacle_to_keeping(const get_disable_options& c,
                                                    const offboarding_policy& policy) {
  if (!policy.allow_keep_assignments_on_disable ||
      policy.allowed_disable_reasons_for_keep_assignments.empty())
    return disable_obstacle{"KEEP_ASSIGNMENTS_NOT_ALLOWED", "The policy does not allow to keep assignments.",
                            leave_assignments_active};
  if (!c.may_keep_assignments)
    return disable_obstacle{"ACCESS_DENIED", "To keep assignments takes people:user:keep_assignments.",
                            leave_assignments_active};
  return std::nullopt;
}

}  // namespace

disable_options_view answer(const person_state& after, const get_disable_options& c, const person_events&,
                            const request_context& ctx, const facts& known) {
  const auto& policy = known.offboarding;
  disable_options_view result;
  result.reason_codes = policy.reason_codes;
  if (auto obstacle = obstacle_to_all(after, c, ctx, known)) {
    result.reasons.push_back(std::move(*obstacle));
    return result;
  }
  result.can_disable = true;
  result.options = {end_assignments_now, end_assignments_at_date};
  if (policy.end_assignments_on_disable)
    result.default_option = end_assignments_now;
  if (auto obstacle = obstacle_to_keeping(c, policy))
    result.reasons.push_back(std::move(*obstacle));
  else
    result.options.push_back(leave_assignments_active);
  return result;
}

}  // namespace musterd
