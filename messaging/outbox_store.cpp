#include "messaging/outbox_store.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// One relay per database: 'muster' in ASCII.
constexpr std::int64_t relay_lock = 0x6d7573746572;
/// How many numbers open transactions may hold back while others are published.
constexpr std::int64_t straggler_margin = 50'000;

std::string array_text(const std::vector<std::int64_t>& numbers) {
  std::string result = "{";
  for (auto number : numbers) {
    if (result.size() > 1)
      result += ',';
    result += std::to_string(number);
  }
  return result += '}';
}

std::string array_text(const std::vector<uuid>& ids) {
  std::string result = "{";
  for (const auto& id : ids) {
    if (result.size() > 1)
      result += ',';
    append_to(result, id);
  }
  return result += '}';
}

outbox_row read_row(const pqxx::row& from) {
  outbox_row row;
  row.seq = from[0].as<std::int64_t>();
  row.tenant_id = from[1].c_str();
  row.event_id = from[2].c_str();
  row.event_type = from[3].c_str();
  row.exchange = from[4].c_str();
  row.routing_key = from[5].c_str();
  row.entity_key = from[6].c_str();
  row.key = uuid::parse(row.entity_key).value();
  row.correlation_id = from[7].c_str();
  if (!from[8].is_null())
    row.traceparent = from[8].c_str();
  row.body = from[9].c_str();
  row.occurred_at_s = from[10].as<std::int64_t>();
  row.created_at = timestamp{std::chrono::microseconds{from[11].as<std::int64_t>()}};
  return row;
}

}  // namespace

outbox_store::outbox_store(const std::string& database_url)
    : db_{connect_database(database_url, "musterd relay")} {
  pqxx::nontransaction tx{*db_};
  // A deletion that a crash undoes is only a second publication, which consumers recognize: no need to wait
  // for it.
  tx.exec("SET synchronous_commit = off");
}

bool outbox_store::try_lead() {
  pqxx::nontransaction tx{*db_};
  leads_ = leads_ || query(tx, "SELECT pg_try_advisory_lock($1)", relay_lock)[0][0].as<bool>();
  return leads_;
}

std::vector<outbox_row> outbox_store::read(const std::vector<std::int64_t>& except,
                                           const std::vector<uuid>& except_keys, std::size_t limit,
                                           bool all) {
  pqxx::nontransaction tx{*db_};
  auto found =
      query(tx,
            "SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, correlation_id,"
            " traceparent, body, floor(extract(epoch FROM occurred_at))::bigint,"
            " (extract(epoch FROM created_at) * 1000000)::bigint FROM messaging.outbox"
            " WHERE seq > $1 AND seq <> ALL ($2::bigint[]) AND entity_key <> ALL ($3::uuid[])"
            " ORDER BY seq LIMIT $4",
            all ? 0 : complete_to_ - straggler_margin, array_text(except), array_text(except_keys),
            static_cast<std::int64_t>(limit));
  std::vector<outbox_row> rows;
  rows.reserve(limit);
  for (const auto& row : found)
    rows.push_back(read_row(row));
  // Rows of excepted keys stay unread, so nothing is complete beyond what was before.
  if (rows.empty() || !except_keys.empty())
    return rows;
  auto last = rows.back().seq;
  complete_to_ = all && rows.size() == limit ? last : std::max(complete_to_, last);
  return rows;
}

void outbox_store::remove(const std::vector<std::int64_t>& rows) {
  pqxx::nontransaction tx{*db_};
  query(tx, "DELETE FROM messaging.outbox WHERE seq = ANY ($1::bigint[])", array_text(rows));
}

outbox_store::backlog outbox_store::measure() {
  pqxx::nontransaction tx{*db_};
  auto row =
      tx.exec("SELECT count(*), coalesce((extract(epoch FROM clock_timestamp() - (SELECT created_at"
              " FROM messaging.outbox ORDER BY seq LIMIT 1)) * 1000)::bigint, 0) FROM messaging.outbox")[0];
  return {row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
}

}  // namespace musterd
