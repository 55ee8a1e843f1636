#pragma once

#include "domain/access/held_grant.hpp"
#include "domain/audit/audit_personal.hpp"

namespace musterd {

/// Search filters of the trail; all that are given must match.
struct audit_filters {
  std::optional<audit_category> category;
  std::optional<std::string> event_type;
  std::optional<uuid> actor_id;
  std::optional<std::string> subject_type;
  std::optional<uuid> subject_id;
  std::optional<location_uuid> location_id;
  std::optional<std::string> reference;
  std::optional<timestamp> date_from;
  std::optional<timestamp> date_to;
  static constexpr std::array<std::string_view, 9> meanings{
      "One category; FINANCIAL needs security:financial_audit:view.",
      "As the entry has it: BREAK_STARTED.",
      "Who did it.",
      "What kind of thing it was done to.",
      "What it was done to.",
      "At which shop.",
      "What it is about elsewhere: order:4711, invoice:…, payment:…",
      "From this instant on.",
      "Before this instant."};
};
BOOST_DESCRIBE_STRUCT(audit_filters, (),
                      (category, event_type, actor_id, subject_type, subject_id, location_id, reference,
                       date_from, date_to))

/// What somebody may see of the trail; nothing: no entry of that kind.
struct audit_rights {
  /// Entries that are not FINANCIAL.
  std::optional<held_places> general;
  std::optional<held_places> financial;
  /// The payload as it was written, and from where it came; otherwise only which fields it names.
  bool payload = false;
};
BOOST_DESCRIBE_STRUCT(audit_rights, (), (general, financial, payload))

/// An entry as the API shows it.
struct audit_entry_view {
  audit_entry_uuid entry_id;
  audit_category category = audit_category::security;
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
  /// Finds the same request in the logs of every service.
  std::optional<std::string> trace_id;
  /// To drill down into other domains: "order:4711".
  std::vector<std::string> references;
  /// The names, not the values.
  std::vector<std::string> changed_fields;
  std::optional<std::string> client_address;
  std::optional<std::string> user_agent;
  std::optional<raw_json> payload;
  /// Payload fields whose value is not what was written: somebody changed it outside the trail.
  std::vector<std::string> altered_fields;
};
BOOST_DESCRIBE_STRUCT(audit_entry_view, (),
                      (entry_id, category, event_type, occurred_at, actor_type, actor_id, subject_type,
                       subject_id, location_id, outcome, reason_code, correlation_id, trace_id, references,
                       changed_fields, client_address, user_agent, payload, altered_fields))

/// The payload shows stored personal values, or that they are erased.
audit_entry_view view_of(const audit_entry& entry, bool with_payload, const recorded_values& values = {});

/// The fields that differ between beforeState and afterState; otherwise all fields but trace id and origin.
/// One level deep, sorted.
std::vector<std::string> changed_fields(std::string_view details);

}  // namespace musterd
