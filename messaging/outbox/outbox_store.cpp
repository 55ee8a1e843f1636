#include "messaging/outbox/outbox_store.hpp"

#include "common/observation/log.hpp"
#include "domain/kernel/sql_value.hpp"
#include "messaging/outbox/outbox_dead_letters.hpp"

#include <algorithm>
#include <utility>

namespace musterd {
namespace {

/// How many numbers open transactions may hold back while others are published.
constexpr std::int64_t straggler_margin = 50'000;
/// Bytes of bodies per read, unless a single row is longer.
constexpr std::int64_t volume_at_once = 16 << 20;

/// Drops the numbers of rows that have left the outbox.
void forget_returned(pqxx::transaction_base& tx, const std::string& seqs) {
  tx.exec_params("DELETE FROM messaging.outbox_returned r WHERE seq = ANY ($1::bigint[])"
                 " AND NOT EXISTS (SELECT FROM messaging.outbox o WHERE o.seq = r.seq)",
                 seqs);
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
  row.body_size = from[12].as<std::int64_t>();
  row.blocked = from[13].as<bool>();
  return row;
}

}  // namespace

void outbox_store::tidy() {
  leading_work work{at_};
  work.tx.exec("DELETE FROM messaging.outbox_returned r"
               " WHERE NOT EXISTS (SELECT FROM messaging.outbox o WHERE o.seq = r.seq)");
  work.tx.commit();
}

pqxx::result outbox_store::rows_behind(std::int64_t seq, const std::vector<std::int64_t>& except,
                                       const std::vector<uuid>& except_keys, const reading& how) {
  auto limit = at_.in_time();
  pqxx::nontransaction tx{at_.db()};
  // What is asked of the whole outbox stands in each row, and in one that is otherwise empty where nothing
  // was found, so that all of it comes from one snapshot.
  return tx.exec_params(
      "SELECT seq, tenant_id, event_id, event_type, exchange, routing_key, entity_key, correlation_id,"
      " traceparent, CASE WHEN octet_length(body) <= $6::bigint THEN body ELSE '' END,"
      " CASE WHEN isfinite(occurred_at) THEN floor(extract(epoch FROM occurred_at))::bigint ELSE 0 END,"
      " CASE WHEN isfinite(created_at) THEN (extract(epoch FROM created_at) * 1000000)::bigint ELSE 0 END,"
      " octet_length(body), EXISTS (SELECT FROM messaging.outbox_held h WHERE h.tenant_id = o.tenant_id"
      " AND h.entity_key = o.entity_key AND h.dead_letter_id IS NOT NULL),"
      " last_left_out, returned_from, any_returned"
      " FROM (SELECT CASE WHEN cardinality($3::uuid[]) > 0"
      " THEN (SELECT max(seq) FROM messaging.outbox WHERE seq > $1) END AS last_left_out,"
      " EXISTS (SELECT FROM messaging.outbox_returned) AS any_returned,"
      " (SELECT min(r.seq) FROM messaging.outbox_returned r WHERE (SELECT w.entity_key FROM messaging.outbox "
      "w"
      " WHERE w.seq = r.seq) <> ALL ($3::uuid[])) AS returned_from) whole LEFT JOIN (SELECT * FROM"
      " (SELECT *, sum(octet_length(body)) OVER (ORDER BY seq) AS volume FROM messaging.outbox"
      " WHERE seq > $1 AND seq <> ALL ($2::bigint[]) AND entity_key <> ALL ($3::uuid[])"
      " ORDER BY seq LIMIT $4) summed WHERE volume - octet_length(body) < $5::bigint) o ON true ORDER BY seq",
      seq, array_literal(except), array_literal(except_keys), static_cast<std::int64_t>(how.limit),
      volume_at_once, static_cast<std::int64_t>(how.longest_body));
}

std::int64_t outbox_store::leave_out(const std::vector<uuid>& crowded, const reading& how) {
  auto behind = how.all ? 0 : nowhere;
  if (how.all || how.crowd)
    std::erase_if(crowd_from_, [&](const auto& entry) {
      auto over = std::ranges::find(crowded, entry.first) == crowded.end();
      if (over)
        behind = std::min(behind, std::max<std::int64_t>(entry.second - straggler_margin, 0));
      return over;
    });
  for (const auto& key : crowded)
    crowd_from_.try_emplace(key, complete_to_);
  return behind;
}

outbox_store::rows_read outbox_store::read(const std::vector<std::int64_t>& except,
                                           const std::vector<uuid>& crowded, const std::vector<uuid>& waiting,
                                           const reading& how) {
  auto behind = std::min({complete_to_ - straggler_margin, returned_from_ - 1, leave_out(crowded, how)});
  auto except_keys = waiting;
  for (const auto& [key, from] : crowd_from_)
    except_keys.push_back(key);
  auto found = rows_behind(behind, except, except_keys, how);
  // If something was put back below `behind`, these rows must not be used: read again from there. In the
  // WHERE clause this made the planner guess.
  for (;;) {
    returned_from_ = found[0][15].as<std::int64_t>(nowhere);
    if (returned_from_ > behind)
      break;
    behind = returned_from_ - 1;
    found = rows_behind(behind, except, except_keys, how);
  }
  any_returned_ = found[0][16].as<bool>();
  rows_read result;
  result.rows.reserve(how.limit);
  std::int64_t volume = 0;
  for (const auto& row : found)
    if (!row[0].is_null())
      volume += result.rows.emplace_back(read_row(row)).body_size;
  result.more = result.rows.size() == how.limit || volume >= volume_at_once;
  auto seen_to = result.rows.empty() ? 0 : result.rows.back().seq;
  if (!result.more)
    seen_to = std::max(seen_to, found[0][14].as<std::int64_t>(0));
  if (result.more && (how.all || how.crowd))
    complete_to_ = std::min(complete_to_, seen_to);  // nothing is known of what follows
  else
    complete_to_ = std::max(complete_to_, seen_to);
  return result;
}

std::vector<outbox_store::coming_key> outbox_store::look_ahead(const std::vector<uuid>& except,
                                                               std::size_t limit) {
  std::vector<coming_key> coming;
  if (complete_to_ < looked_to_)
    return coming;
  auto except_keys = except;
  for (const auto& [key, from] : crowd_from_)
    except_keys.push_back(key);
  auto limit_of_time = at_.in_time();
  pqxx::nontransaction tx{at_.db()};
  for (const auto& row : tx.exec_params(
           "WITH coming AS MATERIALIZED (SELECT seq, entity_key, exchange, routing_key FROM messaging.outbox"
           " WHERE seq > $1 AND entity_key <> ALL ($2::uuid[]) ORDER BY seq LIMIT $3),"
           " firsts AS (SELECT DISTINCT ON (entity_key) * FROM coming ORDER BY entity_key, seq)"
           " SELECT entity_key, exchange, routing_key, (SELECT max(seq) FROM coming) FROM firsts ORDER BY "
           "seq",
           complete_to_, array_literal(except_keys), static_cast<std::int64_t>(limit))) {
    coming.push_back({uuid::parse(row[0].c_str()).value(), row[1].c_str(), row[2].c_str()});
    looked_to_ = row[3].as<std::int64_t>();
  }
  return coming;
}

bool outbox_store::set_aside(const outbox_row& row, const std::string& error, messaging_stats& stats) {
  leading_work work{at_};
  auto gone = bury_row(work.tx, row, error, stats);
  forget_returned(work.tx, array_literal(std::vector{row.seq}));
  work.tx.commit();
  return gone;
}

std::vector<std::int64_t> outbox_store::hold(const std::vector<std::int64_t>& rows) {
  leading_work work{at_};
  auto these = array_literal(rows);
  auto held = hold_rows(work.tx, these);
  forget_returned(work.tx, these);
  work.tx.commit();
  return held;
}

std::vector<std::int64_t> outbox_store::remove(const std::vector<std::int64_t>& rows) {
  auto limit = at_.in_time();
  pqxx::nontransaction tx{at_.db()};
  auto these = array_literal(rows);
  auto removed =
      tx.exec_params("DELETE FROM messaging.outbox WHERE ctid = ANY (ARRAY(SELECT ctid"
                     " FROM messaging.outbox WHERE seq = ANY ($1::bigint[]) FOR UPDATE SKIP LOCKED))",
                     these)
          .affected_rows();
  if (any_returned_)
    forget_returned(tx, these);
  std::vector<std::int64_t> left;
  if (std::cmp_less(removed, rows.size()))  // libpqxx 6 and 7 count in different types
    for (const auto& row :
         tx.exec_params("SELECT seq FROM messaging.outbox WHERE seq = ANY ($1::bigint[])", these))
      left.push_back(row[0].as<std::int64_t>());
  return left;
}

std::optional<outbox_store::backlog> outbox_store::measure(leader_session& at, std::int64_t most) try {
  auto limit = at.in_time();
  pqxx::nontransaction tx{at.db()};
  auto row =
      tx.exec_params("SELECT count(*), coalesce((extract(epoch FROM clock_timestamp() - (SELECT created_at"
                     " FROM messaging.outbox WHERE isfinite(created_at) ORDER BY seq LIMIT 1)) * "
                     "1000)::bigint, 0) FROM (SELECT FROM messaging.outbox LIMIT $1) counted",
                     most + 1)[0];
  return backlog{row[0].as<std::int64_t>(), row[1].as<std::int64_t>()};
} catch (const pqxx::sql_error& error) {
  if (is_connection_spent(error.sqlstate()))
    throw;
  log::warn({"relay", "not_measured"}, "{}", error.what());
  return std::nullopt;
}

}  // namespace musterd
