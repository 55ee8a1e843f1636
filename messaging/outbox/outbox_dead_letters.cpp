#include "messaging/outbox/outbox_dead_letters.hpp"

#include "common/observation/trace.hpp"
#include "messaging/alerts.hpp"
#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <boost/json/serialize.hpp>

namespace musterd {
namespace {

constexpr std::string_view alerts_exchange = "ops.alerts";

operator_alert alert_about_row(const outbox_row& row, const std::string& error, const uuid& letter) {
  boost::json::object details{{"deadLetterId", to_string(letter)},
                              {"queue", outbox_letters_queue},
                              {"consumer", outbox_letters_consumer},
                              {"reason", enum_name(dead_reason::unpublishable)},
                              {"eventType", plain_name(row.event_type)},
                              {"eventId", row.event_id},
                              {"error", error}};
  return {uuid::generate(),
          alert_severity::critical,
          "DEAD_LETTER",
          "An event cannot be published: it and what follows of its key wait for an operator.",
          {boost::json::serialize(details)},
          row.correlation_id,
          wall_clock_now()};
}

}  // namespace

bool bury_row(pqxx::transaction_base& tx, const outbox_row& row, const std::string& unsafe_error,
              messaging_stats& stats) {
  trace_scope tracing{row.traceparent.value_or(""), row.correlation_id, {}};
  auto error = storable_error(unsafe_error);
  auto letter = uuid::generate();
  tx.exec("SET LOCAL synchronous_commit = on");
  auto buried =
      tx.exec_params(
            "WITH dead AS (DELETE FROM messaging.outbox WHERE ctid = (SELECT ctid FROM messaging.outbox"
            " WHERE seq = $1 FOR UPDATE SKIP LOCKED) RETURNING *), held AS ("
            "INSERT INTO messaging.outbox_held (seq, tenant_id, event_id, event_type, exchange, routing_key,"
            " entity_key, occurred_at, correlation_id, traceparent, body, created_at, dead_letter_id)"
            " SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,"
            " correlation_id, traceparent, body, created_at, $2 FROM dead)"
            "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type,"
            " entity_key, routing_key, correlation_id, traceparent, reason, error, headers, body, body_size,"
            " attempts, first_failed_at) SELECT $2, tenant_id, $3, $4, event_id, event_type, entity_key,"
            " routing_key, correlation_id, traceparent, $5, $6, jsonb_build_object('exchange', exchange), "
            "body,"
            " octet_length(body), 1, created_at FROM dead",
            row.seq, to_string(letter), std::string{outbox_letters_queue},
            std::string{outbox_letters_consumer}, std::string{enum_name(dead_reason::unpublishable)}, error)
          .affected_rows();
  if (buried == 0)
    return tx.exec_params("SELECT FROM messaging.outbox WHERE seq = $1", row.seq).empty();
  log::error({"relay", "set_aside", plain_name(row.correlation_id)}, "event {} cannot be published: {}",
             row.event_id, error);
  // An alert that cannot be published must not raise another.
  if (row.exchange != alerts_exchange)
    raise_alert(tx, {uuid::parse(row.tenant_id).value()}, alert_about_row(row, error, letter), stats);
  ++stats.dead_lettered[static_cast<std::size_t>(dead_reason::unpublishable)];
  return true;
}

std::vector<std::int64_t> hold_rows(pqxx::transaction_base& tx, const std::string& rows) {
  std::vector<std::int64_t> moved;
  for (const auto& row : tx.exec_params(
           "WITH heads AS (SELECT tenant_id, entity_key FROM messaging.outbox_held"
           " WHERE dead_letter_id IS NOT NULL AND (tenant_id, entity_key) IN"
           " (SELECT tenant_id, entity_key FROM messaging.outbox WHERE seq = ANY ($1::bigint[]))"
           " FOR SHARE SKIP LOCKED),"
           " free AS (SELECT o.ctid FROM messaging.outbox o JOIN heads USING (tenant_id, entity_key)"
           " WHERE o.seq = ANY ($1::bigint[]) FOR UPDATE OF o SKIP LOCKED),"
           " later AS (DELETE FROM messaging.outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM free))"
           " RETURNING *)"
           "INSERT INTO messaging.outbox_held (seq, tenant_id, event_id, event_type, exchange, routing_key,"
           " entity_key, occurred_at, correlation_id, traceparent, body, created_at)"
           " SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, occurred_at,"
           " correlation_id, traceparent, body, created_at FROM later RETURNING seq",
           rows))
    moved.push_back(row[0].as<std::int64_t>());
  return moved;
}

}  // namespace musterd
