#include "domain/person/roles/access.hpp"

#include "common/text/text.hpp"

namespace musterd {
namespace {

access_verdict standing(const person_state& state, const access_question& question, timestamp now) {
  if (!state.person || !state.user || state.user->user_id != question.user_id)
    return access_verdict::unknown_user;
  if (state.user->status != access_status::active || state.person->status != access_status::active)
    return access_verdict::account_disabled;
  if (question.family.value.is_nil())
    return access_verdict::granted;
  const auto* session = state.find_session(question.family);
  return session && session->live_at(now) ? access_verdict::granted : access_verdict::session_ended;
}

void widen(access_answer& answer, const role_in_force& held) {
  auto& places = answer.locations;
  if (held.scope_type == scope_type::global)
    answer.everywhere = true;
  else if (held.location_id && std::find(places.begin(), places.end(), *held.location_id) == places.end())
    places.push_back(*held.location_id);
}

}  // namespace

std::optional<required_action> required_of(const access_standing& standing, const role_catalog& roles,
                                           const sign_in_policy& policy) {
  if (standing.must_change_password)
    return required_action::change_password;
  if (!standing.lacks_second_factor || policy.second_factor_roles.empty())
    return std::nullopt;
  auto needs_one = [&](const role_in_force& held) {
    const auto* role = roles.find(held.role_id);
    // One that was made on another node a moment ago may be any.
    return role == nullptr || std::ranges::any_of(policy.second_factor_roles, [&](const auto& name) {
             return equals_ignoring_case(name, role->role.role_name);
           });
  };
  return std::ranges::any_of(standing.roles, needs_one) ? std::optional{required_action::enrol_second_factor}
                                                        : std::nullopt;
}

access_standing reply_to(const person_state& state, const access_question& question, timestamp now) {
  access_standing result{standing(state, question, now), {}, {}};
  if (result.verdict != access_verdict::granted)
    return result;
  for (const auto& a : state.assignments)
    if (a.holds_at(now))
      result.roles.push_back({a.assignment_id, a.role_id, a.scope_type, a.location_id});
  if (!question.family.value.is_nil()) {
    result.must_change_password = state.must_change_password;
    result.lacks_second_factor = !state.factor || state.factor->status != factor_status::active;
  }
  if (question.with_identity)
    result.identity = identity_view{*state.person, *state.user, state.assignments};
  return result;
}

access_answer decide_access(const access_standing& standing, const role_catalog& roles,
                            permission_index permission) {
  access_answer result{standing.verdict, false, {}};
  if (result.verdict != access_verdict::granted || permission == no_permission)
    return result;
  for (const auto& held : standing.roles)
    if (const auto* role = roles.find(held.role_id); role != nullptr && role->grants.contains(permission))
      widen(result, held);
  if (!result.everywhere && result.locations.empty())
    result.verdict = access_verdict::denied;
  return result;
}

access_answer own_scope(const access_standing& standing) {
  access_answer result{standing.verdict, false, {}};
  for (const auto& held : standing.roles)
    widen(result, held);
  return result;
}

access_answer check_access(const person_state& state, const role_catalog& roles,
                           const access_question& question, permission_index permission, timestamp now) {
  return decide_access(reply_to(state, question, now), roles, permission);
}

fault account_disabled() {
  return {fault_kind::forbidden, "ACCOUNT_DISABLED", "User account is disabled", {}, {}, {}};
}

fault fault_of(access_verdict verdict) {
  switch (verdict) {
    case access_verdict::granted: break;
    case access_verdict::denied: return access_denied();
    case access_verdict::unknown_user: return unauthenticated("The token is not valid.");
    case access_verdict::account_disabled: return account_disabled();
    case access_verdict::session_ended: return unauthenticated("The session has ended.");
  }
  return internal_error();
}

}  // namespace musterd
