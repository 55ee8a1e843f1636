#include "domain/audit/audit.hpp"

namespace musterd {

audit_entry audit_from(const request_context& ctx, uuid entry_id, audit_category category,
                       std::string event_type) {
  audit_entry entry;
  entry.entry_id = {entry_id};
  entry.category = category;
  entry.event_type = std::move(event_type);
  entry.occurred_at = ctx.now;
  entry.actor_type = ctx.kind;
  entry.actor_id = ctx.actor;
  entry.correlation_id = ctx.correlation_id;
  if (!ctx.client_address.empty())
    entry.client_address = ctx.client_address;
  if (!ctx.user_agent.empty())
    entry.user_agent = ctx.user_agent;
  return entry;
}

}  // namespace musterd
