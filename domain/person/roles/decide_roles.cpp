#include "domain/access/authority.hpp"
#include "domain/person/commands.hpp"
#include "domain/person/endings.hpp"
#include "domain/person/placements/reach.hpp"
#include "domain/person/roles/check_scope.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace musterd {
namespace {

fault assignment_end_before_start() {
  return validation_failed(
      {{"effectiveEndDate", "effectiveEndDate must not be earlier than effectiveStartDate."}});
}

/// S89-R6: a grant that is over stays over; a new one says who gave it, and when.
outcome<const role_assignment*> running_assignment(const person_state& state, role_assignment_uuid id,
                                                   timestamp now) {
  const auto* found = state.find_assignment(id);
  // Whoever asks has found it in the database: what is not remembered ended long ago.
  if (found == nullptr && !state.assignments_since)
    return role_assignment_not_found;
  // An empty window has ended before it began.
  if (found == nullptr ||
      (found->effective_end_date && *found->effective_end_date <= std::max(now, found->effective_start_date)))
    return role_assignment_ended;
  return found;
}

/// While it still holds, or will, it is modified; when its window is over or empty it has ended.
assignment_change assignment_change_to(std::optional<timestamp> end, const role_assignment& a,
                                       timestamp now) {
  return end && *end <= std::max(now, a.effective_start_date) ? assignment_change::ended
                                                              : assignment_change::modified;
}

role_assignment ending_at(role_assignment a, std::optional<timestamp> end,
                          const std::optional<std::string>& reason, const request_context& ctx) {
  a.effective_end_date = end;
  a.updated_at = std::max(a.updated_at, ctx.now);
  a.changed_by = ctx.actor;
  a.reason_code = reason;
  ++a.version;
  return a;
}

/// What a new end adds or takes away is somebody's power: the caller needs as much.
outcome<void> may_move_end(const role_assignment& a, std::optional<timestamp> end, const request_context& ctx,
                           const facts& known) {
  auto old_end = a.effective_end_date;
  bool sooner = end && (!old_end || *end < *old_end);
  auto from = std::max(a.effective_start_date, sooner ? *end : *old_end);
  auto concerned = power_of(a, from, sooner ? old_end : end, known.roles);
  if (!sooner)
    if (auto ok = check_not_oneself(ctx, known, a.user_id); !ok)
      return ok;
  return check_authority(ctx, known, sooner ? power_use::take : power_use::give, concerned);
}

role_assignment with_shown_author(role_assignment a, const request_context& ctx) {
  a.changed_by = shown_author(a.changed_by, ctx);
  return a;
}

decision<person_event, role_assignment> with_departures(assignment_changed change, const person_state& state,
                                                        const request_context& ctx, const facts& known) {
  auto shown = with_shown_author(change.after, ctx);
  auto events = events_of<person_event>(std::move(change));
  add_departures(events, state, ctx, known);
  return {std::move(events), std::move(shown)};
}

}  // namespace

assignment_changed ended_assignment(const role_assignment& a, std::optional<timestamp> end,
                                    const std::optional<std::string>& reason, const request_context& ctx) {
  return {assignment_change_to(end, a, ctx.now), a, ending_at(a, end, reason, ctx)};
}

outcome<void> check_scope(const role& r, scope_type scope) {
  if (std::find(r.allowed_scopes.begin(), r.allowed_scopes.end(), scope) != r.allowed_scopes.end())
    return boost::system::in_place_value;
  std::vector<std::string_view> allowed;
  allowed.reserve(r.allowed_scopes.size());
  for (auto s : r.allowed_scopes)
    allowed.push_back(enum_name(s));
  return validation_failed(
      {{"scopeType", fmt::format("Role {} does not allow {} scope. Allowed scopes: [{}]", r.role_name,
                                 enum_name(scope), fmt::join(allowed, ", "))}});
}

person_decision<role_assignment> decide(const person_state& state, const assign_role& c,
                                        const request_context& ctx, const facts& known) {
  if (!state.user || state.user->user_id != c.user_id || !may_bring_in(state, ctx))
    return user_not_found;
  if (state.user->status == access_status::terminated)
    return user_terminated;
  const auto* role = known.roles.find(c.role_id);
  if (role == nullptr)
    return role_not_found;
  if (c.location_id && known.locations.find(ctx.tenant, *c.location_id) == nullptr)
    return location_not_found;
  if (auto ok = check_scope(role->role, c.scope_type); !ok)
    return ok.error();
  if (auto ok = check_not_oneself(ctx, known, c.user_id); !ok)
    return ok.error();
  role_assignment made{
      {known.ids.next()},   c.user_id, c.role_id, c.scope_type, c.location_id, c.effective_start_date,
      c.effective_end_date, ctx.now,   ctx.now,   ctx.actor,    c.reason_code, 1};
  if (auto ok = check_authority(ctx, known, power_use::give, power_given({made}, known.roles, ctx.now)); !ok)
    return ok.error();
  return decision{events_of<person_event>(assignment_changed{assignment_change::created, {}, made}),
                  std::move(made)};
}

person_decision<role_assignment> decide(const person_state& state, const change_assignment& c,
                                        const request_context& ctx, const facts& known) {
  auto before = running_assignment(state, c.assignment_id, ctx.now);
  if (!before)
    return before.error();
  const auto& a = **before;
  if (auto ok = check_version(a.version, c.version, c.if_match); !ok)
    return ok.error();
  auto end = c.effective_end_date.value_or(a.effective_end_date);
  if (end && *end < a.effective_start_date)
    return assignment_end_before_start();
  if (a.effective_end_date == end)
    return decision{person_events{}, with_shown_author(a, ctx)};
  // A role may have lost the scope since: then it can only end sooner (S89-R7).
  auto sooner = end && (!a.effective_end_date || *end < *a.effective_end_date);
  if (const auto* role = known.roles.find(a.role_id); role && !sooner)
    if (auto ok = check_scope(role->role, a.scope_type); !ok)
      return ok.error();
  if (auto ok = may_move_end(a, end, ctx, known); !ok)
    return ok.error();
  return with_departures(ended_assignment(a, end, c.reason_code, ctx), state, ctx, known);
}

person_decision<role_assignment> decide(const person_state& state, const end_assignment& c,
                                        const request_context& ctx, const facts& known) {
  auto before = running_assignment(state, c.assignment_id, ctx.now);
  if (!before)
    return before.error();
  const auto& a = **before;
  if (c.effective_end_date && *c.effective_end_date < a.effective_start_date)
    return assignment_end_before_start();
  // To extend it takes its version (PATCH): this only takes away.
  if (c.effective_end_date && a.effective_end_date && *c.effective_end_date > *a.effective_end_date)
    return validation_failed(
        {{"effectiveEndDate", "effectiveEndDate must not be later than the present end."}});
  // One that has not begun never does: its window becomes empty.
  auto end = c.effective_end_date.value_or(std::max(ctx.now, a.effective_start_date));
  if (auto ok = may_move_end(a, end, ctx, known); !ok)
    return ok.error();
  return with_departures(ended_assignment(a, end, c.reason_code, ctx), state, ctx, known);
}

}  // namespace musterd
