#include "domain/person/lifecycle/held_spans.hpp"

#include <algorithm>

namespace musterd {

namespace {

std::vector<held_span> held_from_now_on(const person_state& state, std::string_view key,
                                        const role_catalog& roles, timestamp now) {
  auto permission = roles.index_of(key);
  if (!permission)
    return {};
  std::vector<held_span> all;
  for (const auto& a : state.assignments)
    if (const auto* role = roles.find(a.role_id);
        role != nullptr && role->grants.contains(*permission) && a.scope_type == scope_type::global)
      all.push_back({std::max(now, a.effective_start_date), a.effective_end_date.value_or(timestamp::max())});
  std::ranges::sort(all, {}, &held_span::from);
  std::vector<held_span> result;
  for (const auto& span : all) {
    if (span.until <= span.from)
      continue;
    if (result.empty() || result.back().until < span.from)
      result.push_back(span);
    else
      result.back().until = std::max(result.back().until, span.until);
  }
  return result;
}

}  // namespace

std::vector<held_span> held_from_now_on(const person_state& state, guarded_power power,
                                        const role_catalog& roles, timestamp now) {
  if (!state.user || state.user->status != access_status::active)
    return {};
  auto all = held_from_now_on(state, power.front(), roles, now);
  for (auto key : power.subspan(1))  // the intersection of a and b is a without (a without b)
    all = without(all, without(all, held_from_now_on(state, key, roles, now)));
  return all;
}

std::vector<held_span> without(const std::vector<held_span>& had, const std::vector<held_span>& has) {
  std::vector<held_span> lost;
  for (const auto& span : had) {
    auto from = span.from;
    for (const auto& kept : has) {
      if (kept.until <= from || kept.from >= span.until)
        continue;
      if (from < kept.from)
        lost.push_back({from, kept.from});
      from = kept.until;
    }
    if (from < span.until)
      lost.push_back({from, span.until});
  }
  return lost;
}

}  // namespace musterd
