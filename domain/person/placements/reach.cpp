#include "domain/person/placements/reach.hpp"

namespace musterd {
namespace {

/// As in the lists of people (persistence/sql/people_scope.cpp): an empty interval is never in force.
bool holds_from(timestamp now, timestamp start, std::optional<timestamp> end) {
  return !end || (*end > now && *end > start);
}

}  // namespace

bool may_bring_in(const person_state& whom, const request_context& ctx) {
  if (!ctx.covered_shops)
    return true;
  bool is_somewhere = false, is_covered = false;
  auto note = [&](std::optional<location_uuid> shop) {
    is_somewhere = true;
    is_covered = is_covered || (shop && ctx.covers(*shop));
  };
  for (const auto& p : whom.placements)
    if (holds_from(ctx.now, p.effective_start_at, p.effective_end_at))
      note(p.location_id);
  for (const auto& a : whom.assignments)
    if (holds_from(ctx.now, a.effective_start_date, a.effective_end_date))
      note(a.location_id);
  return is_covered || !is_somewhere;
}

uuid shown_author(uuid author, const request_context& ctx) {
  bool shown = !ctx.covered_shops || author == ctx.actor || author == system_principal;
  return shown ? author : uuid{};
}

}  // namespace musterd
