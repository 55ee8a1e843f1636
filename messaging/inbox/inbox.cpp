#include "messaging/inbox/inbox.hpp"

#include <fmt/format.h>
#include <pqxx/pqxx>

namespace musterd {

namespace {

std::set<owned_id> ids_in(const pqxx::result& rows) {
  std::set<owned_id> result;
  for (const auto& row : rows)
    result.insert({uuid::parse(row[0].c_str()).value(), uuid::parse(row[1].c_str()).value()});
  return result;
}

/// Rows from before migration 0009 have the nil tenant and count for all tenants.
constexpr auto is_known =
    "EXISTS (SELECT FROM messaging.inbox i WHERE i.consumer = $1 AND i.event_id = e.event_id"
    " AND i.tenant_id IN (e.tenant_id, '00000000-0000-0000-0000-000000000000'))";
constexpr auto asked = " FROM unnest($2::uuid[], $3::uuid[]) AS e (tenant_id, event_id) WHERE ";

struct claim_arrays {
  explicit claim_arrays(std::span<const event_claim> of) {
    for (const auto& one : of) {
      std::string comma = &one == of.data() ? "" : ",";
      append_to(tenants += comma, one.id.tenant);
      append_to(ids += comma, one.id.id);
      append_to(keys += comma, one.key);
      contents += comma + one.content;
    }
    for (auto* array : {&tenants, &ids, &keys, &contents})
      *array += '}';
  }
  std::string tenants = "{", ids = "{", keys = "{", contents = "{";
};

constexpr auto claimed =
    " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS g (tenant_id, event_id, entity_key, "
    "hex),"
    " LATERAL (SELECT g.tenant_id, g.event_id, g.entity_key, decode(g.hex, 'hex') AS content) e WHERE ";
constexpr auto waits = "EXISTS (SELECT FROM messaging.parked_message p WHERE p.consumer = $1"
                       " AND p.event_id = e.event_id AND p.tenant_id = e.tenant_id AND ";

pqxx::result ask(pqxx::transaction_base& tx, const std::string& sql, const std::string& consumer,
                 std::span<const event_claim> events) {
  claim_arrays of{events};
  return tx.exec_params(sql, consumer, of.tenants, of.ids, of.keys, of.contents);
}

}  // namespace

std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const event_claim> events) {
  return ids_in(ask(tx,
                    fmt::format("INSERT INTO messaging.inbox (consumer, tenant_id, event_id, content)"
                                " SELECT $1, e.tenant_id, e.event_id, e.content{}NOT {}"
                                " ON CONFLICT DO NOTHING RETURNING tenant_id, event_id",
                                claimed, is_known),
                    consumer, events));
}

std::set<owned_id> contradicted_events(pqxx::transaction_base& tx, const std::string& consumer,
                                       std::span<const event_claim> events) {
  return ids_in(ask(tx,
                    fmt::format("SELECT e.tenant_id, e.event_id{}EXISTS (SELECT FROM messaging.inbox i"
                                " WHERE i.consumer = $1 AND i.event_id = e.event_id"
                                " AND i.tenant_id = e.tenant_id AND i.content <> e.content)"
                                " OR {}(p.content <> e.content OR p.entity_key <> e.entity_key))",
                                claimed, waits),
                    consumer, events));
}

std::set<owned_id> waiting_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const event_claim> events) {
  return ids_in(ask(tx,
                    fmt::format("SELECT e.tenant_id, e.event_id{}{}coalesce(p.content = e.content, true)"
                                " AND p.entity_key = e.entity_key)",
                                claimed, waits),
                    consumer, events));
}

std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events) {
  owned_arrays of{events};
  return ids_in(tx.exec_params(fmt::format("SELECT e.tenant_id, e.event_id{}{}", asked, is_known), consumer,
                               of.tenants, of.ids));
}

}  // namespace musterd
