#pragma once

#include "domain/facts.hpp"
#include "domain/person/commands.hpp"
#include "domain/person/events.hpp"

/// The rules of sessions. Pure: the same inputs give the same events.
namespace musterd {

using person_events = std::vector<person_event>;

outcome<person_events> decide(const person_state& state, const open_session& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const rotate_refresh& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const revoke_session& c, const request_context& ctx,
                              facts& known);

/// What a decided command answers: `after` already holds its events.
session_view answer(const person_state& after, const open_session& c, const person_events& events,
                    timestamp now);
rotation_view answer(const person_state& after, const rotate_refresh& c, const person_events& events,
                     timestamp now);
revocation_view answer(const person_state& after, const revoke_session& c, const person_events& events,
                       timestamp now);

}  // namespace musterd
