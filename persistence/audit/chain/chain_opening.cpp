#include "persistence/audit/chain/chain_opening.hpp"

#include "common/observation/log.hpp"
#include "persistence/audit/chain/chain_fields.hpp"
#include "persistence/audit/chain/noted_months.hpp"
#include "persistence/audit/chain/opening_search.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace musterd {
namespace {

/// The end of an id as an advisory lock number.
constexpr std::string_view owner_sql = "('x' || right(replace({}::text, '-', ''), 16))::bit(64)::bigint";

/// Commits asynchronously: losing the opening would also lose the batch after it, and that one waits for the
/// disk. Returns the latest time that the table accepts.
constexpr auto one_opening_at_a_time =
    "SELECT pg_advisory_xact_lock(hashtextextended($1, 11)), set_config('synchronous_commit', 'off', true), "
    "to_char((now() + interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

/// The placeholder takes `noted_months_sql`.
constexpr auto months_sql = "SELECT t.chain_id, {} FROM audit.chain_tail t "
                            "WHERE t.tenant_id = $1::uuid AND t.chain_id = ANY ($2::uuid[])";

/// All chains ever opened, for when the newest opening is of the old form or none is ours. Chains without
/// entries are only named while they may still grow.
constexpr auto all_heads = R"(
  SELECT c.chain_id, coalesce(e.chain_seq, 0), encode(substr(coalesce(e.entry_hash, c.mac), 1, 33), 'hex')
  FROM audit.chain c LEFT JOIN LATERAL (
    SELECT chain_seq, entry_hash FROM audit.entry e
    WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id AND e.chain_seq > 0
    ORDER BY chain_seq DESC LIMIT 1) e ON true
  WHERE c.tenant_id = $1::uuid AND (
    EXISTS (SELECT FROM audit.chain_tail t WHERE t.tenant_id = c.tenant_id AND t.chain_id = c.chain_id)
    OR e.chain_seq > 0 AND NOT EXISTS (SELECT FROM audit.chain_link l
      WHERE l.tenant_id = c.tenant_id AND l.earlier_chain_id = c.chain_id AND l.seq = e.chain_seq))
  ORDER BY c.chain_id)";

constexpr auto write_opening = R"(
  WITH opened AS (
    INSERT INTO audit.chain (tenant_id, chain_id, opened_at, mac)
    VALUES ($1::uuid, $2::uuid, $3::timestamptz, decode($4, 'hex'))),
  linked AS (
    INSERT INTO audit.chain_link (tenant_id, chain_id, earlier_chain_id, seq, hash)
    SELECT $1::uuid, $2::uuid, earlier, seq, decode(hash, 'hex')
    FROM unnest($5::uuid[], $6::bigint[], $7::text[]) x (earlier, seq, hash)),
  over AS (DELETE FROM audit.chain_tail WHERE tenant_id = $1::uuid AND chain_id = ANY ($8::uuid[]))
  INSERT INTO audit.chain_tail (tenant_id, chain_id, months) VALUES ($1::uuid, $2::uuid, $9::text[]))";

template <class Range, class TextOf>
std::string array_of(const Range& items, const TextOf& text_of) {
  std::string result = "{";
  for (const auto& item : items)
    result += (result.size() > 1 ? "," : "") + text_of(item);
  return result + '}';
}

using months = std::vector<audit_month>;

class opener {
 public:
  opener(pqxx::transaction_base& tx, tenant_uuid tenant) : tx_{tx}, tenant_{tenant} {}

  /// Names the chains named by the newest opening, and its own, if they may have grown since; and those with
  /// foreign or altered openings, where anything was or may be written.
  void name_behind(const found_openings::ours& newest, const std::vector<chain_head>& others) {
    auto candidates = newest.opening.earlier;
    candidates.push_back({tenant_, newest.opening.chain_id, 0, newest.mac});
    std::set<uuid> unnamed{newest.opening.chain_id}, not_ours;
    for (const auto& other : others) {
      unnamed.insert(other.chain_id);
      if (std::ranges::find(candidates, other.chain_id, &chain_head::chain_id) != candidates.end())
        continue;
      not_ours.insert(other.chain_id);
      candidates.push_back(other);
    }
    auto ids = array_of(candidates, [](const auto& c) { return to_string(c.chain_id); });
    // In this order: for chains found to be over, everything is seen afterwards.
    auto living = find_living(ids);
    auto known = find_months(ids);
    std::vector<chain_place> places;
    std::erase_if(candidates, [&](const auto& c) {
      auto where = known.find(c.chain_id);
      bool named_for_good =
          where == known.end() && !living.contains(c.chain_id) && !unnamed.contains(c.chain_id);
      if (!named_for_good)
        places.push_back({tenant_, c.chain_id, where == known.end() ? months{} : where->second});
      return named_for_good;
    });
    auto heads = find_heads(tx_, places);
    for (const auto& c : candidates) {
      auto grown = heads.find(c.chain_id);
      if (grown != heads.end() || living.contains(c.chain_id) || !not_ours.contains(c.chain_id))
        named.push_back(grown != heads.end() && grown->second.seq > c.seq ? grown->second : c);
      if (!living.contains(c.chain_id))
        over.push_back(c.chain_id);
    }
  }

  void name_all() {
    for (const auto& row : run_query(tx_, all_heads, {to_string(tenant_)}))
      named.push_back({tenant_, id_in(row[0]), row[1].as<std::int64_t>(), hash_in(row[2])});
  }

  /// Overrides what the database says.
  void name(const chain_head& remembered) {
    std::erase_if(named, [&](const auto& h) { return h.chain_id == remembered.chain_id; });
    named.push_back(remembered);
  }

  std::vector<chain_head> named;
  std::vector<uuid> over;

 private:
  /// Those whose session still exists.
  std::set<uuid> find_living(const std::string& ids) {
    static const auto sql =
        fmt::format("SELECT id FROM unnest($1::uuid[]) x (id) WHERE NOT pg_try_advisory_xact_lock_shared({})",
                    fmt::format(owner_sql, "id"));
    std::set<uuid> result;
    for (const auto& row : run_query(tx_, sql, {ids}))
      result.insert(id_in(row[0]));
    return result;
  }

  std::map<uuid, months> find_months(const std::string& ids) {
    std::map<uuid, months> result;
    static const auto sql = fmt::format(months_sql, noted_months_sql);
    for (const auto& row : run_query(tx_, sql, {to_string(tenant_), ids})) {
      auto where = noted_months(row[1].c_str());
      if (!where)
        log::error({"audit", "tail_changed"}, "the months of {} of tenant {} are not what any writer notes",
                   row[0].c_str(), to_string(tenant_));
      add_recent(result[id_in(row[0])] = where.value_or(months{}), wall_clock_now());
    }
    return result;
  }

  pqxx::transaction_base& tx_;
  tenant_uuid tenant_;
};

}  // namespace

chain_owner::chain_owner(pqxx::transaction_base& session) : id_{uuid::generate()} {
  static const auto sql = fmt::format("SELECT pg_advisory_lock({})", fmt::format(owner_sql, "$1"));
  run_query(session, sql, {to_string(id_)});
}

uuid chain_owner::new_chain_id() const {
  auto result = uuid::generate();
  std::copy(id_.bytes.begin() + 8, id_.bytes.end(), result.bytes.begin() + 8);
  return result;
}

chain_head open_chain(pqxx::transaction_base& tx, const audit_key& key, const chain_owner& owner,
                      tenant_uuid tenant, const audit_month& month, std::span<const chain_head> remembered) {
  auto tenant_text = to_string(tenant);
  auto latest = parse_timestamp(run_query(tx, one_opening_at_a_time, {tenant_text})[0][2].c_str());
  opener before{tx, tenant};
  chain_opening opening{
      tenant, owner.new_chain_id(), std::min(wall_clock_now(), latest.value_or(timestamp::max())), {}};
  auto openings = find_openings(tx, key, tenant);
  if (const auto& newest = openings.newest)
    // Makes this the newest, whatever the clocks of nodes say.
    opening.opened_at = std::max(opening.opened_at, newest->opening.opened_at + std::chrono::microseconds{1});
  if (openings.newest && openings.newest->form == opening_form::names_all_open)
    before.name_behind(*openings.newest, openings.others);
  else if (openings.newest || !openings.others.empty())
    before.name_all();
  for (const auto& head : remembered)
    before.name(head);
  std::ranges::sort(before.named, {}, &chain_head::chain_id);
  opening.earlier = std::move(before.named);
  auto mac = hash_of(key, opening);
  const auto& earlier = opening.earlier;
  run_query(tx, write_opening,
            {tenant_text, to_string(opening.chain_id), to_string(opening.opened_at), to_hex(mac),
             array_of(earlier, [](const auto& h) { return to_string(h.chain_id); }),
             array_of(earlier, [](const auto& h) { return std::to_string(h.seq); }),
             array_of(earlier, [](const auto& h) { return to_hex(h.hash); }),
             array_of(before.over, [](const auto& id) { return to_string(id); }), months_array({month})});
  return {tenant, opening.chain_id, 0, mac};
}

void note_months(pqxx::transaction_base& tx, const chain_place& place) {
  run_query(
      tx,
      "INSERT INTO audit.chain_tail (tenant_id, chain_id, months) VALUES ($1::uuid, $2::uuid, $3::text[]) "
      "ON CONFLICT (tenant_id, chain_id) DO UPDATE SET months = excluded.months",
      {to_string(place.tenant), to_string(place.chain_id), months_array(place.months)});
}

}  // namespace musterd
