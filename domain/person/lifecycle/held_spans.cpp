#include "domain/person/lifecycle/held_spans.hpp"

#include "domain/person/roles/authorization.hpp"

#include <algorithm>

namespace musterd {

namespace {

std::vector<held_span> everywhere_from(timestamp now, held_grants held, std::string_view key,
                                       const role_catalog& roles) {
  auto permission = roles.index_of(key);
  if (!permission)
    return {};
  auto result = when_held(held, *permission, {}, roles);
  std::erase_if(result, [&](const auto& span) { return span.until <= now; });
  if (!result.empty())
    result.front().from = std::max(now, result.front().from);
  return result;
}

}  // namespace

std::vector<held_span> held_from_now_on(const person_state& state, guarded_power power,
                                        const role_catalog& roles, timestamp now) {
  if (!state.user || state.user->status != access_status::active)
    return {};
  auto held = grants_of(state.assignments);
  auto all = everywhere_from(now, held, power.front(), roles);
  for (auto key : power.subspan(1))  // what both have is what is left without what only one has
    all = without(all, without(all, everywhere_from(now, held, key, roles)));
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
