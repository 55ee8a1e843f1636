#pragma once

#include "domain/kernel/context.hpp"
#include "domain/kernel/table.hpp"

namespace musterd {

enum class audit_category { security, people, timekeeping, financial, operations };
BOOST_DESCRIBE_ENUM(audit_category, security, people, timekeeping, financial, operations)

enum class audit_outcome { success, denied, failure };
BOOST_DESCRIBE_ENUM(audit_outcome, success, denied, failure)

/// Who did what to whom, and when. Append-only: the database refuses UPDATE and DELETE, and a change made
/// anyway breaks the hash chain (persistence/audit/chain/audit_chain.hpp).
struct audit_entry {
  audit_entry_uuid entry_id;
  audit_category category = audit_category::security;
  /// As in the stories: "BREAK_STARTED", "user.disabled".
  std::string event_type;
  timestamp occurred_at{};
  principal_kind actor_type = principal_kind::user;
  uuid actor_id;
  std::string subject_type;
  uuid subject_id;
  std::optional<location_uuid> location_id;
  audit_outcome outcome = audit_outcome::success;
  std::optional<std::string> reason_code;
  std::string correlation_id;
  std::optional<std::string> client_address;
  std::optional<std::string> user_agent;
  /// The details that the story lists, never a secret; for a change {"beforeState":…,"afterState":…}.
  raw_json details;
  /// References into other domains, to search by: "order:4711".
  std::vector<std::string> refs;
};
BOOST_DESCRIBE_STRUCT(audit_entry, (),
                      (entry_id, category, event_type, occurred_at, actor_type, actor_id, subject_type,
                       subject_id, location_id, outcome, reason_code, correlation_id, client_address,
                       user_agent, details, refs))
template <>
struct table_of<audit_entry> : insert_table<"audit.entry", "entry_id"> {};

/// An entry with what the context knows: actor, time, correlation id, client.
audit_entry audit_from(const request_context& ctx, uuid entry_id, audit_category category,
                       std::string event_type);

}  // namespace musterd
