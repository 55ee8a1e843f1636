#include "domain/access/asked_permissions.hpp"
#include "domain/access/authority.hpp"
#include "domain/person/endings.hpp"
#include "domain/person/lifecycle/held_spans.hpp"
#include "domain/person/lifecycle/lifecycle.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace musterd {
namespace {

using enum assignment_termination;

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

outcome<void> check_reason_code(const std::optional<std::string>& code, const offboarding_policy& policy) {
  if (!code || contains(policy.reason_codes, *code))
    return boost::system::in_place_value;
  return validation_failed({{"statusReasonCode", fmt::format("statusReasonCode must be one of {}.",
                                                             fmt::join(policy.reason_codes, ", "))}});
}

/// What the request wants, or what is meant when it does not say.
outcome<assignment_termination> chosen(const disable_user& c, const offboarding_policy& policy) {
  if (c.assignment_termination)
    return *c.assignment_termination;
  if (policy.end_assignments_on_disable)
    return end_assignments_now;
  return validation_failed({{"assignmentTermination", "assignmentTermination is required."}});
}

outcome<void> check_keeping(const std::optional<std::string>& reason, const offboarding_policy& policy) {
  if (policy.allow_keep_assignments_on_disable && reason &&
      contains(policy.allowed_disable_reasons_for_keep_assignments, *reason))
    return boost::system::in_place_value;
  return keep_assignments_not_allowed;
}

/// Everything that ends with the access: sessions, and from `end_at` on what the person was assigned to.
person_events endings(const person_state& state, std::optional<timestamp> end_at,
                      const std::optional<std::string>& why, const request_context& ctx) {
  person_events result;
  for (const auto& s : state.sessions)
    if (s.live_at(ctx.now))
      result.emplace_back(revoked(s, ctx.now, revoke_reason::access_ended));
  if (!end_at)
    return result;
  for (const auto& a : state.assignments)
    if (auto end = std::max(*end_at, a.effective_start_date);
        !a.effective_end_date || *a.effective_end_date > end)
      result.emplace_back(ended_assignment(a, end, why, ctx));
  for (const auto& p : state.placements)
    if (auto ended = ended_placement(p, *end_at, why, ctx))
      result.emplace_back(std::move(*ended));
  return result;
}

access_changed with_status(const person_state& state, access_status status,
                           const std::optional<std::string>& reason, const request_context& ctx) {
  access_changed result{*state.person, *state.user, {}};
  auto change = [&](auto& row) {
    row.status = status;
    row.status_effective_at = ctx.now;
    row.status_reason_code = reason;
    row.updated_at = std::max(row.updated_at, ctx.now);
    ++row.version;
  };
  change(result.person);
  change(result.user);
  return result;
}

deactivation_view deactivation_view_of(const access_changed& e) {
  deactivation_view result;
  result.user = e.user;
  result.person = e.person;
  result.case_ = musterd::view_of(e.opened->of, e.opened->commands);
  return result;
}

decision<person_event, deactivation_view> deactivate(const person_state& state, offboarding_case of,
                                                     const request_context& ctx, const facts& known) {
  bool leave = of.assignment_termination == leave_assignments_active;
  auto end_at = leave ? std::nullopt : std::optional{of.end_assignments_at.value_or(ctx.now)};
  bool for_ever = of.kind == offboarding_kind::terminate;
  auto events = endings(state, end_at, of.status_reason_code.value_or(std::string{reason_of(of.kind)}), ctx);
  auto change = with_status(state, for_ever ? access_status::terminated : access_status::disabled,
                            of.status_reason_code, ctx);
  of.user_id = state.user->user_id;
  of.person_id = state.id;
  change.opened = open_case(std::move(of), ctx, known.offboarding.retries, known.ids);
  auto view = deactivation_view_of(change);
  events.emplace_back(std::move(change));
  add_departures(events, state, ctx, known);
  return {std::move(events), std::move(view)};
}

outcome<void> may_move_access(const person_state& state, power_use use, const request_context& ctx,
                              const facts& known) {
  return check_authority(ctx, known, use, power_held(state.assignments, known.roles, ctx.now));
}

}  // namespace

void add_departures(person_events& events, const person_state& before, const request_context& ctx,
                    const facts& known) {
  person_events departures;
  std::optional<person_state> after;
  for (auto power : guarded_powers) {
    auto had = held_from_now_on(before, power, known.roles, ctx.now);
    if (had.empty())
      continue;
    if (!after) {
      after = before;
      for (const auto& event : events)
        evolve(*after, event);
    }
    for (const auto& lost : without(had, held_from_now_on(*after, power, known.roles, ctx.now)))
      departures.emplace_back(
          admin_departure{known.ids.next(),
                          before.user->user_id,
                          {},
                          std::string{power.front()},
                          {power.begin(), power.end()},
                          lost.until == timestamp::max() ? std::nullopt : std::optional{lost.until},
                          lost.from});
  }
  events.insert(events.end(), departures.begin(), departures.end());
}

void validate(const disable_user& c, std::vector<field_error>& errors) {
  bool at_date = c.assignment_termination == end_assignments_at_date;
  if (at_date && !c.end_assignments_at)
    errors.push_back({"endAssignmentsAt",
                      "endAssignmentsAt is required when assignmentTermination is END_ASSIGNMENTS_AT_DATE."});
  if (!at_date && c.end_assignments_at)
    errors.push_back({"endAssignmentsAt", "endAssignmentsAt must be left out unless assignmentTermination is "
                                          "END_ASSIGNMENTS_AT_DATE."});
}

person_decision<deactivation_view> decide(const person_state& state, const disable_user& c,
                                          const request_context& ctx, const facts& known) {
  if (!state.is_user(c.user_id))
    return user_not_found;
  if (state.user->status != access_status::active)
    return user_already_disabled;
  if (ctx.actor == c.user_id.value)
    return cannot_disable_self;
  if (auto ok = may_move_access(state, power_use::take, ctx, known); !ok)
    return ok.error();
  if (auto ok = check_reason_code(c.status_reason_code, known.offboarding); !ok)
    return ok.error();
  auto termination = chosen(c, known.offboarding);
  if (!termination)
    return termination.error();
  if (c.end_assignments_at && *c.end_assignments_at < ctx.now)
    return validation_failed({{"endAssignmentsAt", "endAssignmentsAt must not be in the past."}});
  if (*termination == leave_assignments_active) {
    if (!known.caller.holds(keeping_assignments, {}, known.roles))
      return access_denied();
    if (auto ok = check_keeping(c.status_reason_code, known.offboarding); !ok)
      return ok.error();
  }
  offboarding_case of;
  of.kind = offboarding_kind::disable;
  of.status_reason_code = c.status_reason_code;
  of.assignment_termination = *termination;
  of.end_assignments_at = c.end_assignments_at;
  return deactivate(state, std::move(of), ctx, known);
}

person_decision<deactivation_view> decide(const person_state& state, const terminate_user& c,
                                          const request_context& ctx, const facts& known) {
  if (!state.is_user(c.user_id))
    return user_not_found;
  if (state.user->status == access_status::terminated)
    return user_already_terminated;
  if (ctx.actor == c.user_id.value)
    return cannot_disable_self;
  if (auto ok = may_move_access(state, power_use::take, ctx, known); !ok)
    return ok.error();
  if (auto ok = check_reason_code(c.status_reason_code, known.offboarding); !ok)
    return ok.error();
  offboarding_case of;
  of.kind = offboarding_kind::terminate;
  of.status_reason_code = c.status_reason_code;
  return deactivate(state, std::move(of), ctx, known);
}

person_decision<access_view> decide(const person_state& state, const enable_user& c,
                                    const request_context& ctx, const facts& known) {
  if (!state.is_user(c.user_id))
    return user_not_found;
  if (state.user->status == access_status::terminated)
    return user_terminated;
  if (state.user->status == access_status::active)
    return user_not_disabled;
  if (auto ok = may_move_access(state, power_use::give, ctx, known); !ok)
    return ok.error();
  if (auto ok = check_reason_code(c.status_reason_code, known.offboarding); !ok)
    return ok.error();
  auto change = with_status(state, access_status::active, c.status_reason_code, ctx);
  access_view view{change.user, change.person};
  return decision{events_of<person_event>(std::move(change)), std::move(view)};
}

}  // namespace musterd
