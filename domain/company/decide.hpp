#pragma once

#include "domain/company/commands.hpp"
#include "domain/company/events.hpp"

/// The rules of roles, permissions and shops (the guide, S89-R7). Pure: the same inputs give the same
/// events.
namespace musterd {

/// Trimmed, blanks collapsed, lower-case: role names that agree in this are the same (D-35).
std::string normalized_role_name(std::string_view name);

outcome<company_events> decide(const company_state& state, const create_role& c, const request_context& ctx,
                               facts& known);
outcome<company_events> decide(const company_state& state, const update_role& c, const request_context& ctx,
                               facts& known);
outcome<company_events> decide(const company_state& state, const grant_permission& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const revoke_permission& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const replace_permissions& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const register_permissions& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const create_location& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const update_location& c,
                               const request_context& ctx, facts& known);

outcome<company_events> decide(const company_state& state, const create_service& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const update_service& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const revoke_service& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const add_service_secret& c,
                               const request_context& ctx, facts& known);
outcome<company_events> decide(const company_state& state, const end_service_secret& c,
                               const request_context& ctx, facts& known);

/// What a decided command answers: `after` already holds its events.
role answer(const company_state& after, const create_role& c, const company_events& events, timestamp now);
role answer(const company_state& after, const update_role& c, const company_events& events, timestamp now);
role answer(const company_state& after, const grant_permission& c, const company_events& events,
            timestamp now);
role answer(const company_state& after, const revoke_permission& c, const company_events& events,
            timestamp now);
role answer(const company_state& after, const replace_permissions& c, const company_events& events,
            timestamp now);
registration answer(const company_state& after, const register_permissions& c, const company_events& events,
                    timestamp now);
location answer(const company_state& after, const create_location& c, const company_events& events,
                timestamp now);
location answer(const company_state& after, const update_location& c, const company_events& events,
                timestamp now);
service_view answer(const company_state& after, const create_service& c, const company_events& events,
                    timestamp now);
service_view answer(const company_state& after, const update_service& c, const company_events& events,
                    timestamp now);
nothing answer(const company_state& after, const revoke_service& c, const company_events& events,
               timestamp now);
service_view answer(const company_state& after, const add_service_secret& c, const company_events& events,
                    timestamp now);
nothing answer(const company_state& after, const end_service_secret& c, const company_events& events,
               timestamp now);

}  // namespace musterd
