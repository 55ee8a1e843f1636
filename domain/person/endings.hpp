#pragma once

#include "domain/person/events.hpp"

/// How what a person has ends, whichever command ends it.
namespace musterd {

/// A session, now.
session_revoked revoked(refresh_family session, timestamp now, revoke_reason why);
/// A role assignment, at `end`, whatever it was to be; nothing is for ever.
assignment_changed ended_assignment(const role_assignment& a, std::optional<timestamp> end,
                                    const std::optional<std::string>& reason, const request_context& ctx);
/// A placement, at that instant; one that has not begun by then never does. Nothing when it is over by then
/// anyway.
std::optional<placement_changed> ended_placement(const location_assignment& placement, timestamp end,
                                                 const std::optional<std::string>& reason,
                                                 const request_context& ctx);
/// Adds what the database has to judge when these events take from the user what a company must keep.
void add_departures(person_events& events, const person_state& before, const request_context& ctx,
                    const facts& known);

}  // namespace musterd
