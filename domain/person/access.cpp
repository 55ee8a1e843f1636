#include "domain/person/access.hpp"

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

access_answer check_access(const person_state& state, const role_catalog& roles,
                           const access_question& question, timestamp now) {
  access_answer result{standing(state, question, now), false, {}};
  if (result.verdict != access_verdict::granted || question.permission == no_permission)
    return result;
  for (const auto& a : state.assignments) {
    if (!a.holds_at(now))
      continue;
    const auto* role = roles.find(a.role_id);
    if (role == nullptr || !role->grants.contains(question.permission))
      continue;
    if (a.scope_type == scope_type::global)
      result.everywhere = true;
    else if (a.location_id && std::find(result.locations.begin(), result.locations.end(), *a.location_id) ==
                                  result.locations.end())
      result.locations.push_back(*a.location_id);
  }
  if (!result.everywhere && result.locations.empty())
    result.verdict = access_verdict::denied;
  return result;
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
