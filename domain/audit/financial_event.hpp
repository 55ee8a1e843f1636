#pragma once

#include "common/fault.hpp"
#include "domain/audit/audit.hpp"
#include "domain/kernel/commit.hpp"

/// Events that other domains report to the trail: price overrides, refunds, cancellations. They decide; we
/// record.
namespace musterd {

enum class financial_event_type { price_override, refund, cancellation };
BOOST_DESCRIBE_ENUM(financial_event_type, price_override, refund, cancellation)

/// "order" and "4711", in the owning domain.
struct audit_reference {
  std::string type;
  std::string id;
};
BOOST_DESCRIBE_STRUCT(audit_reference, (), (type, id))

struct financial_event {
  financial_event_type event_type = financial_event_type::price_override;
  timestamp occurred_at{};
  std::optional<principal_kind> actor_type;
  uuid actor_id;
  std::string subject_type;
  uuid subject_id;
  std::optional<location_uuid> location_id;
  std::vector<audit_reference> references;
  std::string reason;
  std::optional<audit_outcome> outcome;
  std::optional<raw_json> details;
};
BOOST_DESCRIBE_STRUCT(financial_event, (),
                      (event_type, occurred_at, actor_type, actor_id, subject_type, subject_id, location_id,
                       references, reason, outcome, details))
/// An event's reporter. The actor it names is only its claim: nobody here has seen the actor.
struct event_teller {
  principal_kind kind = principal_kind::system;
  uuid id;
  /// Its own name for itself.
  std::string producer;
};

/// Also refuses events dated far from `now`.
void validate(const financial_event& event, timestamp now, std::vector<field_error>& errors);

/// Marks an event as recorded; the constraint `audit_event_recorded` prevents a second one.
struct recorded_event {
  event_uuid event_id;
  audit_entry_uuid entry_id;
  /// See `content_of`; the database keeps its digest.
  std::string content;
};
BOOST_DESCRIBE_STRUCT(recorded_event, (), (event_id, entry_id, content))
template <>
struct table_of<recorded_event> : insert_table<"audit.recorded_event", "event_id"> {};

/// The content that must be equal in events of one id; without secrets.
std::string content_of(const financial_event& event);

/// The entry, and the mark that it is recorded. Its actor is the reporter; the claimed actor is in the
/// details and, as "claimed-actor:…", among the references. `details` lose apparent secrets and gain the
/// trace.
commit_unit record_of(tenant_uuid tenant, event_uuid event_id, const std::string& correlation_id,
                      const financial_event& event, const event_teller& teller, audit_entry_uuid entry_id,
                      std::string_view traceparent = {});

}  // namespace musterd
