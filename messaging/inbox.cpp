#include "messaging/inbox.hpp"

#include "messaging/database_session.hpp"

namespace musterd {

std::unordered_set<uuid> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                      std::span<const uuid> event_ids) {
  std::string ids = "{";
  for (const auto& id : event_ids) {
    if (ids.size() > 1)
      ids += ',';
    append_to(ids, id);
  }
  ids += '}';
  auto inserted = query(tx,
                        "INSERT INTO messaging.inbox (consumer, event_id) SELECT $1, unnest($2::uuid[])"
                        " ON CONFLICT DO NOTHING RETURNING event_id",
                        consumer, ids);
  std::unordered_set<uuid> fresh;
  for (const auto& row : inserted)
    fresh.insert(uuid::parse(row[0].c_str()).value());
  return fresh;
}

std::size_t purge_inbox(pqxx::transaction_base& tx, const std::string& consumer, std::chrono::hours kept) {
  return query(tx,
               "DELETE FROM messaging.inbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM messaging.inbox"
               " WHERE consumer = $1 AND processed_at < now() - make_interval(hours => $2) LIMIT 5000))",
               consumer, static_cast<int>(kept.count()))
      .affected_rows();
}

}  // namespace musterd
