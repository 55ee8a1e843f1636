#include "domain/person/held_data/erase_person.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// Whoever has no user was never let in: what they did at shops is all there is to end.
bool employment_has_ended(const person_state& state, timestamp now) {
  bool placed = std::any_of(state.placements.begin(), state.placements.end(),
                            [&](const auto& p) { return !p.over_at(std::max(now, p.effective_start_at)); });
  return !placed && (!state.user || state.user->status == access_status::terminated);
}

/// Since when; nobody else's data says so for somebody without user.
timestamp left_at(const person_state& state) {
  if (state.user)
    return state.user->status_effective_at;
  auto result = state.person->created_at;
  for (const auto& p : state.placements)
    result = std::max(result, p.effective_end_at.value_or(result));
  return result;
}

std::vector<erasure_obstacle> obstacles_to(const person_state& state, const erase_person& c, timestamp now) {
  using enum erasure_obstacle;
  std::vector<erasure_obstacle> result;
  if (state.user && state.user->status == access_status::active)
    result.push_back(user_active);
  if (!employment_has_ended(state, now))
    result.push_back(employment_not_ended);
  else if (now < left_at(state) + std::chrono::hours{24 * c.hold_days})
    result.push_back(retention_holds);
  result.insert(result.end(), c.elsewhere.begin(), c.elsewhere.end());
  return result;
}

fault not_erasable(const std::vector<erasure_obstacle>& why) {
  fault result = person_not_erasable;
  result.details = raw_json{R"({"reasons":)" + to_json(why) + '}'};
  return result;
}

/// The same row without what tells who it was; nobody with it is let in.
template <class Row>
Row nameless(Row row, timestamp now) {
  row.status = access_status::terminated;
  row.status_reason_code.reset();
  row.updated_at = std::max(row.updated_at, now);
  ++row.version;
  return row;
}

}  // namespace

std::string pseudonym_of(person_uuid person) {
  return std::string{pseudonym_prefix} + to_string(person);
}

erasure_view view_of(const person_erasure& erasure) {
  return {erasure.person_id, pseudonym_of(erasure.person_id), erasure.erased_at, erasure.erased_by};
}

person_decision<erasure_view> decide(const person_state& state, const erase_person& c,
                                     const request_context& ctx, const facts&) {
  if (!state.person)
    return person_not_found;
  if (state.erasure)
    return decision{person_events{}, view_of(*state.erasure)};
  if (auto why = obstacles_to(state, c, ctx.now); !why.empty())
    return not_erasable(why);
  auto pseudonym = pseudonym_of(state.id);
  person_erased result{nameless(*state.person, ctx.now), {}, {state.id, std::nullopt, ctx.now, ctx.actor}};
  result.person.first_name = "Erased";
  result.person.last_name = pseudonym;
  result.person.primary_email.reset();
  if (state.user) {
    auto& user = result.user.emplace(nameless(*state.user, ctx.now));
    user.username = pseudonym;
    user.email.reset();
    user.subject.reset();
    result.erasure.user_id = user.user_id;
  }
  auto view = view_of(result.erasure);
  return decision{events_of<person_event>(std::move(result)), std::move(view)};
}

}  // namespace musterd
