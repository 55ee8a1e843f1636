#include "domain/audit/financial_event.hpp"

#include "common/text/readable_text.hpp"
#include "common/text/redaction.hpp"
#include "common/text/text.hpp"
#include "domain/audit/audit_trace.hpp"

namespace musterd {
namespace {

constexpr std::size_t max_text = 200, max_reason = 1000, max_references = 20;

/// Allows for clock skew and late events; anything further off is a marker ("never"), not an instant.
constexpr timestamp earliest = std::chrono::sys_days{std::chrono::year{2000} / std::chrono::January / 1};
constexpr std::chrono::days latest_ahead{1};

void require_text(std::vector<field_error>& errors, std::string field, const std::string& text,
                  std::size_t most) {
  auto problem = is_blank(text)       ? std::string{" is required."}
                 : text.size() > most ? " must have at most " + std::to_string(most) + " characters."
                                      : std::string{};
  if (!problem.empty())
    errors.push_back({field, field + problem});
  check_readable(field, text, errors, text_lines::many);
}

struct actor_claim {
  std::string producer;
  principal_kind actor_type = principal_kind::user;
  uuid actor_id;
};
BOOST_DESCRIBE_STRUCT(actor_claim, (), (producer, actor_type, actor_id))

struct financial_details {
  std::string reason;
  event_uuid event_id;
  actor_claim claimed;
  raw_json details;
};
BOOST_DESCRIBE_STRUCT(financial_details, (), (reason, event_id, claimed, details))

raw_json without_secrets(const std::optional<raw_json>& details) {
  return {redacted_json(details ? details->text : "null", field_names::foreign)};
}

}  // namespace

void validate(const financial_event& event, timestamp now, std::vector<field_error>& errors) {
  if (event.occurred_at < earliest || event.occurred_at > now + latest_ahead)
    errors.push_back({"occurredAt", "occurredAt must not be before the year 2000 or more than a day ahead."});
  require_text(errors, "subjectType", event.subject_type, max_text);
  require_text(errors, "reason", event.reason, max_reason);
  if (event.actor_id.is_nil())
    errors.push_back({"actorId", "actorId is required."});
  if (event.references.empty() || event.references.size() > max_references)
    errors.push_back(
        {"references", "references must have 1 to " + std::to_string(max_references) + " items."});
  for (std::size_t i = 0; i < event.references.size(); ++i) {
    auto field = "references[" + std::to_string(i) + "]";
    require_text(errors, field + ".type", event.references[i].type, max_text);
    require_text(errors, field + ".id", event.references[i].id, max_text);
  }
}

std::string content_of(const financial_event& event) {
  auto kept = event;
  if (kept.details)
    kept.details = without_secrets(event.details);
  return redacted_json(to_json(kept), field_names::ours);
}

commit_unit record_of(tenant_uuid tenant, event_uuid event_id, const std::string& correlation_id,
                      const financial_event& event, const event_teller& teller, audit_entry_uuid entry_id,
                      std::string_view traceparent) {
  audit_entry entry;
  entry.entry_id = entry_id;
  entry.category = audit_category::financial;
  entry.event_type = enum_name(event.event_type);
  entry.occurred_at = event.occurred_at;
  entry.actor_type = teller.kind;
  entry.actor_id = teller.id;
  entry.subject_type = event.subject_type;
  entry.subject_id = event.subject_id;
  entry.location_id = event.location_id;
  entry.outcome = event.outcome.value_or(audit_outcome::success);
  entry.reason_code = event.reason;
  entry.correlation_id = correlation_id;
  actor_claim claim{teller.producer, event.actor_type.value_or(principal_kind::user), event.actor_id};
  entry.details.text = traced(
      traceparent, to_json(financial_details{event.reason, event_id, claim, without_secrets(event.details)}));
  for (const auto& r : event.references)
    entry.refs.push_back(r.type + ':' + r.id);
  entry.refs.push_back("claimed-actor:" + to_string(event.actor_id));
  return {
      event_id.value,
      {write_row(tenant, entry), write_row(tenant, recorded_event{event_id, entry_id, content_of(event)})}};
}

}  // namespace musterd
