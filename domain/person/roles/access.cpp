#include "domain/person/roles/access.hpp"

#include "common/text/text.hpp"
#include "domain/person/faults.hpp"

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

}  // namespace

std::optional<required_action> required_of(const access_standing& standing, const role_catalog& roles,
                                           const sign_in_policy& policy) {
  if (standing.must_change_password)
    return required_action::change_password;
  if (!standing.lacks_second_factor || policy.second_factor_roles.empty())
    return std::nullopt;
  auto needs_one = [&](const held_grant& held) {
    const auto* role = roles.find(held.role_id);
    // One just made on another node may be any of them.
    return role == nullptr || std::ranges::any_of(policy.second_factor_roles, [&](const auto& name) {
             return equals_ignoring_case(name, role->role.role_name);
           });
  };
  return std::ranges::any_of(standing.grants, needs_one) ? std::optional{required_action::enrol_second_factor}
                                                         : std::nullopt;
}

access_standing standing_in_session(const person_state& state, timestamp now) {
  access_standing result{access_verdict::granted, {}, {}};
  for (const auto& a : state.assignments)
    if (a.holds_at(now))
      if (auto grant = grant_of(a))
        result.grants.push_back(*grant);
  result.must_change_password = state.must_change_password;
  result.lacks_second_factor = !state.factor || state.factor->status != factor_status::active;
  return result;
}

access_standing reply_to(const person_state& state, const access_question& question, timestamp now) {
  if (auto verdict = standing(state, question, now); verdict != access_verdict::granted)
    return {verdict, {}, {}};
  auto result = standing_in_session(state, now);
  if (question.family.value.is_nil())
    result.must_change_password = result.lacks_second_factor = false;
  if (question.with_identity)
    result.identity = identity_view{*state.person, *state.user, state.assignments};
  return result;
}

fault fault_of(access_verdict verdict) {
  switch (verdict) {
    case access_verdict::granted: break;
    case access_verdict::unknown_user: return unauthenticated("The token is not valid.");
    case access_verdict::account_disabled: return account_disabled;
    case access_verdict::session_ended: return unauthenticated("The session has ended.");
  }
  return internal_error();
}

}  // namespace musterd
