#include "messaging/inbox/inbox.hpp"

#include "messaging/database_session.hpp"

#include <fmt/format.h>

namespace musterd {

namespace {

std::set<owned_id> ids_in(const pqxx::result& rows) {
  std::set<owned_id> result;
  for (const auto& row : rows)
    result.insert({uuid::parse(row[0].c_str()).value(), uuid::parse(row[1].c_str()).value()});
  return result;
}

/// Rows of before migration 0009 have the nil tenant and count for all.
constexpr auto is_known =
    "EXISTS (SELECT FROM messaging.inbox i WHERE i.consumer = $1 AND i.event_id = e.event_id"
    " AND i.tenant_id IN (e.tenant_id, '00000000-0000-0000-0000-000000000000'))";
constexpr auto asked = " FROM unnest($2::uuid[], $3::uuid[]) AS e (tenant_id, event_id) WHERE ";

}  // namespace

std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const owned_id> events) {
  owned_arrays of{events};
  return ids_in(query(tx,
                      fmt::format("INSERT INTO messaging.inbox (consumer, tenant_id, event_id)"
                                  " SELECT $1, e.tenant_id, e.event_id{}NOT {}"
                                  " ON CONFLICT DO NOTHING RETURNING tenant_id, event_id",
                                  asked, is_known),
                      consumer, of.tenants, of.ids));
}

std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events) {
  owned_arrays of{events};
  return ids_in(query(tx, fmt::format("SELECT e.tenant_id, e.event_id{}{}", asked, is_known), consumer,
                      of.tenants, of.ids));
}

}  // namespace musterd
