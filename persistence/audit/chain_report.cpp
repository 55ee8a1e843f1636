#include "persistence/audit/chain_report.hpp"

#include "domain/operations/alert.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

struct chain_end {
  std::int64_t seq = 0;
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(chain_end, (), (seq, hash))

struct difference_details {
  uuid chain_id;
  chain_end expected, found;
};
BOOST_DESCRIBE_STRUCT(difference_details, (), (chain_id, expected, found))

chain_end end_of(const chain_head& head) {
  return {head.seq, head.seq > 0 ? to_hex(head.hash) : std::string{}};
}

}  // namespace

std::string described(const chain_difference& what) {
  if (what.expected.seq == 0 && what.found.seq == 0)
    return fmt::format("The opening of audit chain {} is not what was written, or not ours.",
                       to_string(what.expected.chain_id));
  return what.expected.seq == what.found.seq
             ? fmt::format("Entry {} of audit chain {} is not the one that was written.", what.expected.seq,
                           to_string(what.expected.chain_id))
             : fmt::format("Audit chain {} ended at entry {}, and ends at {} in the database.",
                           to_string(what.expected.chain_id), what.expected.seq, what.found.seq);
}

std::vector<row_write> report_of(const chain_difference& what, timestamp now) {
  auto tenant = what.expected.tenant;
  raw_json details{
      to_json(difference_details{what.expected.chain_id, end_of(what.expected), end_of(what.found)})};
  audit_entry entry;
  entry.entry_id = audit_entry_uuid::generate();
  entry.category = audit_category::security;
  entry.event_type = "AUDIT_CHAIN_DIFFERS";
  entry.occurred_at = now;
  entry.actor_type = principal_kind::system;
  entry.actor_id = system_principal;
  entry.subject_type = "AuditChain";
  entry.subject_id = what.expected.chain_id;
  entry.outcome = audit_outcome::failure;
  entry.correlation_id = to_string(uuid::generate());
  entry.details = details;
  operator_alert alert{uuid::generate(),
                       alert_severity::critical,
                       "AUDIT_CHAIN_DIFFERS",
                       described(what),
                       details,
                       entry.correlation_id,
                       now};
  auto rows = alert_rows(alert, tenant, event_uuid::generate());
  rows.insert(rows.begin(), write_row(tenant, entry));
  return rows;
}

}  // namespace musterd
