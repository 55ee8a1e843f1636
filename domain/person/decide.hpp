#pragma once

#include "domain/kernel/facts.hpp"
#include "domain/person/commands.hpp"
#include "domain/person/events.hpp"

/// The rules of persons: their users (Story 91), roles (Story 89), locations (Story 86) and sessions. Pure:
/// the same inputs give the same events.
namespace musterd {

using person_events = std::vector<person_event>;

outcome<person_events> decide(const person_state& state, const open_session& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const rotate_refresh& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const revoke_session& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const end_session& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const end_sessions& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const enrol_second_factor& c,
                              const request_context& ctx, facts& known);
outcome<person_events> decide(const person_state& state, const confirm_second_factor& c,
                              const request_context& ctx, facts& known);
outcome<person_events> decide(const person_state& state, const remove_second_factor& c,
                              const request_context& ctx, facts& known);
outcome<person_events> decide(const person_state& state, const create_person& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const provision_user& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const set_password& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const assign_role& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const change_assignment& c,
                              const request_context& ctx, facts& known);
outcome<person_events> decide(const person_state& state, const end_assignment& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const place_person& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const change_placement& c,
                              const request_context& ctx, facts& known);
outcome<person_events> decide(const person_state& state, const end_placement& c, const request_context& ctx,
                              facts& known);

outcome<person_events> decide(const person_state& state, const disable_user& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const terminate_user& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const enable_user& c, const request_context& ctx,
                              facts& known);
outcome<person_events> decide(const person_state& state, const get_disable_options& c,
                              const request_context& ctx, facts& known);

outcome<person_events> decide(const person_state& state, const erase_person& c, const request_context& ctx,
                              facts& known);

/// 404, with the words of S90-F9.
fault user_not_found();
/// S89-R7. Fault: 400 with the message of S89-AC4.
outcome<void> check_scope(const role& r, scope_type scope);
/// A role assignment that ends at `end`, whatever it was to be; nothing is for ever.
assignment_changed ended_assignment(const role_assignment& a, std::optional<timestamp> end,
                                    const std::optional<std::string>& reason, const request_context& ctx);
/// A session that ends now, for that reason.
session_revoked revoked(refresh_family session, timestamp now, revoke_reason why);
/// Adds what the database has to judge when these events take from the user what a company must keep.
void add_departures(person_events& events, const person_state& before, const request_context& ctx,
                    facts& known);
/// A location assignment that ends at that instant; one that has not begun by then never does. Nothing when
/// it is over by then anyway.
std::optional<placement_changed> ended_placement(const location_assignment& placement, timestamp end,
                                                 const std::optional<std::string>& reason,
                                                 const request_context& ctx);

/// What a decided command answers: `after` already holds its events.
session_view answer(const person_state& after, const open_session& c, const person_events& events,
                    const request_context& ctx, const facts& known);
rotation_view answer(const person_state& after, const rotate_refresh& c, const person_events& events,
                     const request_context& ctx, const facts& known);
revocation_view answer(const person_state& after, const revoke_session& c, const person_events& events,
                       timestamp now);
nothing answer(const person_state& after, const end_session& c, const person_events& events, timestamp now);
ended_sessions_view answer(const person_state& after, const end_sessions& c, const person_events& events,
                           timestamp now);
second_factor_view answer(const person_state& after, const enrol_second_factor& c,
                          const person_events& events, timestamp now);
second_factor_view answer(const person_state& after, const confirm_second_factor& c,
                          const person_events& events, timestamp now);
nothing answer(const person_state& after, const remove_second_factor& c, const person_events& events,
               timestamp now);
person answer(const person_state& after, const create_person& c, const person_events& events, timestamp now);
provisioning_view answer(const person_state& after, const provision_user& c, const person_events& events,
                         const request_context& ctx);
nothing answer(const person_state& after, const set_password& c, const person_events& events, timestamp now);
role_assignment answer(const person_state& after, const assign_role& c, const person_events& events,
                       timestamp now);
role_assignment answer(const person_state& after, const change_assignment& c, const person_events& events,
                       const request_context& ctx);
role_assignment answer(const person_state& after, const end_assignment& c, const person_events& events,
                       const request_context& ctx);
deactivation_view answer(const person_state& after, const disable_user& c, const person_events& events,
                         timestamp now);
deactivation_view answer(const person_state& after, const terminate_user& c, const person_events& events,
                         timestamp now);
access_view answer(const person_state& after, const enable_user& c, const person_events& events,
                   timestamp now);
disable_options_view answer(const person_state& after, const get_disable_options& c,
                            const person_events& events, const request_context& ctx, const facts& known);
placement_view answer(const person_state& after, const place_person& c, const person_events& events,
                      const request_context& ctx);
placement_view answer(const person_state& after, const change_placement& c, const person_events& events,
                      const request_context& ctx);
location_assignment answer(const person_state& after, const end_placement& c, const person_events& events,
                           const request_context& ctx);
erasure_view answer(const person_state& after, const erase_person& c, const person_events& events,
                    timestamp now);

}  // namespace musterd
