#include "common/text/text.hpp"
#include "domain/access/authority.hpp"
#include "domain/person/endings.hpp"
#include "domain/person/placements/placement_commands.hpp"
#include "domain/person/placements/reach.hpp"

namespace musterd {
namespace {

constexpr own_permission create_permission = "people:location_assignment:create",
                         update_permission = "people:location_assignment:update";

/// What a demoted assignment's change says of why.
const std::string demotion_reason = "PRIMARY_DEMOTED";

struct other_assignment {
  location_assignment_uuid assignment_id;
};
BOOST_DESCRIBE_STRUCT(other_assignment, (), (assignment_id))

fault overlap_with(const location_assignment& with, const known_fault& how) {
  fault result = how;
  result.details = raw_json{to_json(other_assignment{with.assignment_id})};
  return result;
}

fault placement_end_before_start() {
  return validation_failed({{"effectiveEndAt", "effectiveEndAt must not be earlier than effectiveStartAt."}});
}

/// As PostgreSQL's ranges: those that touch do not overlap, and what is empty overlaps nothing.
bool overlap(const location_assignment& a, const location_assignment& b) {
  auto begins_before_end_of = [](const auto& x, const auto& y) {
    return !y.effective_end_at || x.effective_start_at < *y.effective_end_at;
  };
  return begins_before_end_of(a, a) && begins_before_end_of(b, b) && begins_before_end_of(a, b) &&
         begins_before_end_of(b, a);
}

/// S86-R5: what is over is history.
outcome<const location_assignment*> running_placement(const person_state& state, location_assignment_uuid id,
                                                      timestamp now) {
  const auto* found = state.find_placement(id);
  // Whoever asks has found it in the database: what is not remembered ended long ago.
  if (found == nullptr && !state.placements_since)
    return placement_not_found;
  // An empty window has ended before it began.
  if (found == nullptr || found->over_at(std::max(now, found->effective_start_at)))
    return placement_ended;
  return found;
}

location_assignment next_placement(location_assignment p, const std::optional<std::string>& reason,
                                   const request_context& ctx) {
  p.updated_at = std::max(p.updated_at, ctx.now);
  p.updated_by = ctx.actor;
  p.change_reason_code = reason;
  ++p.version;
  return p;
}

/// While it still holds, or will, it is updated; when its window is over or empty it has ended.
placement_change placement_change_to(const location_assignment& after, timestamp now) {
  return after.over_at(std::max(now, after.effective_start_at)) ? placement_change::ended
                                                                : placement_change::updated;
}

/// S86-R4.
outcome<void> check_overlap(const person_state& state, const location_assignment& wanted) {
  for (const auto& p : state.placements)
    if (p.assignment_id != wanted.assignment_id && p.location_id == wanted.location_id &&
        equals_ignoring_case(p.role, wanted.role) && overlap(p, wanted))
      return overlap_with(p, placement_overlap);
  return boost::system::in_place_value;
}

/// S86-R2: the primary assignment that `wanted` ends, if there is one in its way. One that begins later would
/// have to end before it began, and history stays as it is.
outcome<std::optional<placement_changed>>
demotion_for(const person_state& state, const location_assignment& wanted, const request_context& ctx) {
  std::optional<placement_changed> demotion;
  if (!wanted.is_primary)
    return demotion;
  for (const auto& p : state.placements) {
    if (p.assignment_id == wanted.assignment_id || !p.is_primary || !overlap(p, wanted))
      continue;
    if (p.effective_start_at >= wanted.effective_start_at || p.over_at(ctx.now))
      return overlap_with(p, primary_overlap);
    demotion = ended_placement(p, wanted.effective_start_at - std::chrono::seconds{1}, demotion_reason, ctx);
    demotion->demoted = true;
  }
  return demotion;
}

/// Where the caller may act: as found at the access check, and still so now.
class authority {
 public:
  authority(own_permission permission, const request_context& ctx, const facts& known)
      : permission_{permission}, ctx_{ctx}, known_{known} {}

  bool everywhere() const { return !ctx_.covered_shops; }
  bool at(location_uuid shop) const {
    return ctx_.covers(shop) && known_.caller.holds(permission_, shop, known_.roles);
  }

 private:
  own_permission permission_;
  const request_context& ctx_;
  const facts& known_;
};

/// The past that a change lays claim to and had not before: empty unless it begins earlier than that.
location_assignment claimed_past(const placement_changed& change, timestamp now) {
  auto past = change.after;
  auto until = now - on_the_way;
  if (change.before)
    until = std::min(until, change.before->effective_start_at);
  past.effective_end_at = std::min(past.effective_end_at.value_or(until), until);
  return past;
}

/// A shop's time is its own (docs/decisions/0034-scope.md): nobody ends, or reaches back into, somebody's
/// time at a shop where they may not do what they do here.
outcome<void> check_shops(const person_state& state, const placement_changed& change, const authority& may,
                          timestamp now) {
  const auto& wanted = change.after;
  if (!may.at(wanted.location_id))
    return access_denied();
  auto exceeds = exceeds_own_authority.saying(
      "This takes from the person's time at another shop, where you hold no such permission.");
  auto past = claimed_past(change, now);
  // What is not remembered may have been anybody's.
  if (!may.everywhere() && overlap(past, past) && state.placements_since &&
      past.effective_start_at < *state.placements_since)
    return exceeds;
  for (const auto& p : state.placements) {
    bool in_the_way = (wanted.is_primary && p.is_primary && overlap(p, wanted)) || overlap(p, past);
    if (p.location_id != wanted.location_id && in_the_way && !may.at(p.location_id))
      return exceeds;
  }
  return boost::system::in_place_value;
}

location_assignment with_shown_authors(location_assignment p, const request_context& ctx) {
  p.created_by = shown_author(p.created_by, ctx);
  p.updated_by = shown_author(p.updated_by, ctx);
  return p;
}

/// The change, if nothing is in its way, after the demotion that makes way for it.
person_decision<placement_view> with_demotion(const person_state& state, placement_changed change,
                                              const request_context& ctx, const authority& may) {
  if (auto ok = check_shops(state, change, may, ctx.now); !ok)
    return ok.error();
  if (auto ok = check_overlap(state, change.after); !ok)
    return ok.error();
  auto demotion = demotion_for(state, change.after, ctx);
  if (!demotion)
    return demotion.error();
  placement_view view{with_shown_authors(change.after, ctx), {}};
  person_events events;
  if (*demotion) {
    view.demoted = with_shown_authors((*demotion)->after, ctx);
    events.emplace_back(std::move(**demotion));
  }
  events.emplace_back(std::move(change));
  return decision{std::move(events), std::move(view)};
}

}  // namespace

std::optional<placement_changed> ended_placement(const location_assignment& placement, timestamp end,
                                                 const std::optional<std::string>& reason,
                                                 const request_context& ctx) {
  end = std::max(placement.effective_start_at, end);
  if (placement.over_at(end))
    return std::nullopt;
  auto after = next_placement(placement, reason, ctx);
  after.effective_end_at = end;
  return placement_changed{placement_change_to(after, ctx.now), placement, std::move(after)};
}

person_decision<placement_view> decide(const person_state& state, const place_person& c,
                                       const request_context& ctx, const facts& known) {
  if (!state.person || !may_bring_in(state, ctx))
    return person_not_found;
  const auto* place = known.locations.find(ctx.tenant, c.location_id);
  if (place == nullptr || place->status != location_status::active)
    return location_not_found;
  if (state.person->status != access_status::active)
    return person_not_active;
  return with_demotion(state,
                       {placement_change::created,
                        {},
                        {{known.ids.next()},
                         state.id,
                         c.location_id,
                         std::string{trimmed(c.role)},
                         c.is_primary,
                         c.effective_start_at,
                         c.effective_end_at,
                         ctx.now,
                         ctx.now,
                         ctx.actor,
                         ctx.actor,
                         c.change_reason_code,
                         1}},
                       ctx, {create_permission, ctx, known});
}

person_decision<placement_view> decide(const person_state& state, const change_placement& c,
                                       const request_context& ctx, const facts& known) {
  auto before = running_placement(state, c.assignment_id, ctx.now);
  if (!before)
    return before.error();
  if (auto ok = check_version((*before)->version, c.version, c.if_match); !ok)
    return ok.error();
  auto wanted = **before;
  wanted.effective_start_at = c.effective_start_at.value_or(wanted.effective_start_at);
  wanted.effective_end_at = c.effective_end_at.value_or(wanted.effective_end_at);
  wanted.is_primary = c.is_primary.value_or(wanted.is_primary);
  if (wanted.effective_end_at && *wanted.effective_end_at < wanted.effective_start_at)
    return placement_end_before_start();
  if (wanted == **before)
    return decision{person_events{}, placement_view{with_shown_authors(std::move(wanted), ctx), {}}};
  auto after = next_placement(std::move(wanted), c.change_reason_code, ctx);
  return with_demotion(state, {placement_change_to(after, ctx.now), **before, after}, ctx,
                       {update_permission, ctx, known});
}

person_decision<location_assignment> decide(const person_state& state, const end_placement& c,
                                            const request_context& ctx, const facts& known) {
  auto before = running_placement(state, c.assignment_id, ctx.now);
  if (!before)
    return before.error();
  const auto& p = **before;
  if (!authority{update_permission, ctx, known}.at(p.location_id))
    return access_denied();
  if (c.effective_end_at && *c.effective_end_at < p.effective_start_at)
    return placement_end_before_start();
  // To extend it takes its version (PATCH): this only takes away.
  if (c.effective_end_at && p.effective_end_at && *c.effective_end_at > *p.effective_end_at)
    return validation_failed({{"effectiveEndAt", "effectiveEndAt must not be later than the present end."}});
  auto ended = ended_placement(p, c.effective_end_at.value_or(ctx.now), c.change_reason_code, ctx);
  if (!ended)
    return decision{person_events{}, with_shown_authors(p, ctx)};
  auto shown = with_shown_authors(ended->after, ctx);
  return decision{events_of<person_event>(std::move(*ended)), std::move(shown)};
}

}  // namespace musterd
