#pragma once

#include "domain/access/user_management.hpp"
#include "tests/unit/person/person_fixture.hpp"

/// An admin lets people in and out, some of whom may manage users.
namespace musterd::testing {

inline const user_uuid boss{numbered(50)};
inline const role_uuid admin_role{numbered(12)};

/// Decides as somebody other than Ann.
struct lifecycle_rules : person_rules {
  offboarding_policy policy;
  facts with_policy{locations, roles, ids, trusted_caller, policy};

  lifecycle_rules() {
    roles.add(
        {admin_role, "ADMIN", {}, {scope_type::global}, {std::string{manages_users_permission}}, {}, {}, 1});
  }

  template <class Command>
  outcome<person_events> when(const person_state& state, const Command& c, timestamp now = morning) {
    auto ctx = at(now);
    ctx.actor = boss.value;
    return events_in(decided(state, c, ctx, with_policy));
  }
  template <class Command>
  person_state after(person_state state, const Command& c, timestamp now = morning) {
    for (const auto& event : when(state, c, now).value())
      evolve(state, event);
    return state;
  }
};

inline disable_user disabling(std::optional<assignment_termination> termination = {},
                              std::optional<std::string> reason = {}, std::optional<timestamp> end = {}) {
  disable_user c;
  c.user_id = ann_user;
  c.status_reason_code = std::move(reason);
  c.assignment_termination = termination;
  c.end_assignments_at = end;
  return c;
}

inline role_assignment held(std::uint64_t n, timestamp start, std::optional<timestamp> end = {}) {
  return {
      {numbered(n)}, ann_user, admin_role, scope_type::global, {}, start, end, morning, morning, {}, {}, 1};
}

template <class Event>
std::optional<Event> event_in(const person_events& events) {
  for (const auto& e : events)
    if (const auto* found = std::get_if<Event>(&e))
      return *found;
  return std::nullopt;
}

}  // namespace musterd::testing
