#include "domain/person/roles/authorization.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

decision_reason judge(const held_grant& g, const decision_question& q) {
  if (!g.reaches(q.place))
    return decision_reason::other_location;
  if (g.holds_at(q.at))
    return decision_reason::granted;
  return q.at < g.start ? decision_reason::not_yet_effective : decision_reason::expired;
}

/// What no assignment can change.
std::optional<decision_reason> refuse_early(const decision_question& q) {
  if (q.user == nullptr)
    return decision_reason::unknown_user;
  if (!q.user->active)
    return decision_reason::user_not_active;
  if (!q.permission)
    return decision_reason::unknown_permission;
  return std::nullopt;
}

/// Right place but wrong time is nearer than the wrong place.
int nearness(decision_reason reason) {
  switch (reason) {
    case decision_reason::granted: return 3;
    case decision_reason::expired:
    case decision_reason::not_yet_effective: return 2;
    case decision_reason::other_location: return 1;
    default: return 0;
  }
}

std::string in_words(decision_reason reason, const held_grant& g) {
  switch (reason) {
    case decision_reason::granted:
      return g.end == timestamp::max()
                 ? fmt::format("in force since {}", to_string(g.start))
                 : fmt::format("in force from {} until {}", to_string(g.start), to_string(g.end));
    case decision_reason::expired: return fmt::format("expired {}", to_string(g.end));
    case decision_reason::not_yet_effective: return fmt::format("begins {}", to_string(g.start));
    default: return fmt::format("holds at location {} only", to_string(g.location_id));
  }
}

std::string in_words(decision_reason reason) {
  switch (reason) {
    case decision_reason::unknown_user: return "there is no such user";
    case decision_reason::user_not_active: return "the user is not active";
    case decision_reason::unknown_permission: return "no role grants this permission";
    default: return "none of the user's roles grants this permission";
  }
}

considered_grant consider(const held_grant& g, const decision_question& q, const role_catalog& roles) {
  considered_grant result{g.assignment_id, g.role_id, roles.find(g.role_id)->role.role_name, {}, g.start, {},
                          judge(g, q),     {}};
  if (!g.is_everywhere())
    result.location_id = g.location_id;
  if (g.end != timestamp::max())
    result.effective_end_date = g.end;
  result.explanation = in_words(result.reason, g);
  return result;
}

}  // namespace

std::optional<held_grant> grant_of(const role_assignment& a) {
  if (!a.location_id && a.scope_type != scope_type::global)
    return std::nullopt;
  return held_grant{a.assignment_id, a.role_id, a.location_id.value_or(location_uuid{}),
                    a.effective_start_date, a.effective_end_date.value_or(timestamp::max())};
}

std::vector<held_grant> grants_of(const std::vector<role_assignment>& assignments) {
  std::vector<held_grant> result;
  result.reserve(assignments.size());
  for (const auto& a : assignments)
    if (auto grant = grant_of(a))
      result.push_back(*grant);
  return result;
}

std::shared_ptr<const authorized_user> with_past(const authorized_user& user,
                                                 const std::vector<role_assignment>& then) {
  auto result = std::make_shared<authorized_user>(user);
  for (const auto& a : then)
    if (std::none_of(user.grants.begin(), user.grants.end(),
                     [&](const auto& g) { return g.assignment_id == a.assignment_id; }))
      if (auto grant = grant_of(a))
        result->grants.push_back(*grant);
  return result;
}

std::shared_ptr<const authorized_user> authorize(const person_state& state, std::int64_t relied_on) {
  if (!state.person || !state.user)
    return nullptr;
  auto active = state.user->status == access_status::active && state.person->status == access_status::active;
  auto result = std::make_shared<authorized_user>(authorized_user{state.user->user_id,
                                                                  state.id,
                                                                  active,
                                                                  grants_of(state.assignments),
                                                                  {},
                                                                  relied_on,
                                                                  state.assignments_since});
  for (const auto& s : state.sessions)
    if (!s.revoked_at)
      result->sessions.push_back({s.family_id, s.expires_at});
  return result;
}

decision_view decide_authorization(const decision_question& q, const role_catalog& roles) {
  if (auto refused = refuse_early(q))
    return {decision_outcome::deny, *refused, {}};
  decision_view result;
  for (const auto& g : q.user->held()) {
    if (!g.gives(*q.permission, roles))
      continue;
    auto reason = judge(g, q);
    if (reason == decision_reason::granted)
      result.matched_assignment_ids.push_back(g.assignment_id);
    if (nearness(reason) > nearness(result.reason))
      result.reason = reason;
  }
  if (result.reason == decision_reason::granted)
    result.decision = decision_outcome::allow;
  return result;
}

explanation_view explain_authorization(const decision_question& q, const role_catalog& roles) {
  explanation_view result;
  if (auto refused = refuse_early(q)) {
    result.reason = *refused;
    result.explanation = in_words(*refused);
    return result;
  }
  for (const auto& g : q.user->held())
    if (g.gives(*q.permission, roles))
      result.considered.push_back(consider(g, q, roles));
  if (result.considered.empty()) {
    result.explanation = in_words(result.reason);
    return result;
  }
  std::stable_sort(result.considered.begin(), result.considered.end(),
                   [](const auto& a, const auto& b) { return nearness(a.reason) > nearness(b.reason); });
  const auto& nearest = result.considered.front();
  result.reason = nearest.reason;
  if (nearest.reason == decision_reason::granted)
    result.decision = decision_outcome::allow;
  result.explanation = fmt::format("role {}: {}", nearest.role_name, nearest.explanation);
  return result;
}

}  // namespace musterd
