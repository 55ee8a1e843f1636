#include "persistence/audit/known_chains.hpp"

#include "domain/kernel/sql_value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

constexpr auto chains_sql = R"(
  SELECT c.tenant_id, c.chain_id, to_char(c.opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    encode(c.mac, 'hex'), coalesce((SELECT max(e.chain_seq) FROM audit.entry e
      WHERE e.tenant_id = c.tenant_id AND e.chain_id = c.chain_id), 0)
  FROM audit.chain c WHERE {}{})";

/// Entries commit a moment after their time, and several writers open chains at once, so the opening that saw
/// the end of a part may be some openings after it.
constexpr auto opened_sql = R"(
  (SELECT c.chain_id FROM audit.chain c
   WHERE {0} AND {1})
  UNION ALL
  (SELECT c.chain_id FROM audit.chain c WHERE {0} AND c.opened_at >= $3::timestamptz
   ORDER BY c.opened_at, c.chain_id LIMIT 16))";
constexpr auto opened_since_sql =
    "SELECT c.chain_id FROM audit.chain c WHERE {} AND c.opened_at >= $2::timestamptz";

/// Chains still written to when a part began: the last openings before it name them.
constexpr auto alive_sql = R"(
  WITH openings AS (
    SELECT o.* FROM ({0}) t CROSS JOIN LATERAL (
      SELECT c.tenant_id, c.chain_id FROM audit.chain c
      WHERE c.tenant_id = t.tenant_id AND c.opened_at < $2::timestamptz
      ORDER BY c.opened_at DESC, c.chain_id DESC LIMIT 4) o)
  SELECT chain_id FROM openings UNION
  SELECT l.earlier_chain_id FROM openings o JOIN audit.chain_link l USING (tenant_id, chain_id))";

constexpr auto links_sql = R"(
  SELECT l.tenant_id, l.earlier_chain_id, l.seq, encode(l.hash, 'hex'), l.chain_id FROM audit.chain_link l
  WHERE {}{} ORDER BY l.tenant_id, l.chain_id, l.earlier_chain_id)";

constexpr auto tails_sql = "SELECT t.chain_id FROM audit.chain_tail t WHERE {}{}";

class reader {
 public:
  explicit reader(trail_query& trail) : trail_{trail} {}

  known_chains run(const std::map<uuid, chain_head>& anchors, const std::vector<uuid>& with_entries) {
    if (!trail_.is_whole())
      choose(with_entries);
    each(chains_sql, "c", among("c.chain_id"), [this](const text_row& row) {
      auto id = id_of(row[1]);
      chains_.verified[id] = {
          {{id_of(row[0])}, id, parse_timestamp(row[2].value_or("")).value_or(timestamp{}), {}},
          digest_of(row[3]),
          number_of(row[4])};
    });
    each(links_sql, "l", among("l.chain_id"), [this](const text_row& row) { add_link(row); });
    if (!trail_.is_whole())
      each(links_sql, "l", among("l.earlier_chain_id") + " AND NOT (l.chain_id = ANY (" + chosen_ + "))",
           [this](const text_row& row) { add_link(row); });
    each(tails_sql, "t", among("t.chain_id"),
         [this](const text_row& row) { chains_.tails.insert(id_of(row[0])); });
    for (const auto& [id, head] : anchors)
      chains_.seen[id].push_back(head);
    if (!trail_.is_whole())
      read_others();
    return std::move(chains_);
  }

 private:
  void each(std::string_view sql, std::string_view alias, std::string_view more,
            const std::function<void(const text_row&)>& take) {
    trail_.each(fmt::format(fmt::runtime(sql), trail_.of_tenant(alias), more), {trail_.tenant()}, take);
  }

  void choose(const std::vector<uuid>& with_entries) {
    std::set<uuid> chosen{with_entries.begin(), with_entries.end()};
    auto take = [&chosen](const text_row& row) { chosen.insert(id_of(row[0])); };
    // Finding the next openings would take a search per company; for all companies, take everything later.
    if (trail_.is_of_one_tenant())
      trail_.each(fmt::format(opened_sql, trail_.of_tenant("c"), trail_.within("c.opened_at")),
                  {trail_.tenant(), trail_.from(), trail_.to()}, take);
    else
      trail_.each(fmt::format(opened_since_sql, trail_.of_tenant("c")), {trail_.tenant(), trail_.from()},
                  take);
    trail_.each(fmt::format(alive_sql, trail_.is_of_one_tenant()
                                           ? "SELECT $1::uuid AS tenant_id"
                                           : "SELECT tenant_id FROM people.tenant WHERE $1 = ''"),
                {trail_.tenant(), trail_.from()}, take);
    chosen_ = literal({chosen.begin(), chosen.end()});
  }

  static std::string literal(const std::vector<uuid>& ids) { return '\'' + array_literal(ids) + "'::uuid[]"; }
  std::string among(std::string_view column) const {
    return trail_.is_whole() ? std::string{} : fmt::format(" AND {} = ANY ({})", column, chosen_);
  }

  void add_link(const text_row& row) {
    chain_head head{{id_of(row[0])}, id_of(row[1]), number_of(row[2]), digest_of(row[3])};
    chains_.seen[head.chain_id].push_back(head);
    auto& named = chains_.named[head.chain_id];
    named = std::max(named, head.seq);
    if (auto by = chains_.verified.find(id_of(row[4])); by != chains_.verified.end())
      by->second.opening.earlier.push_back(head);
  }

  void read_others() {
    std::vector<uuid> others;
    for (const auto& [id, heads] : chains_.seen)
      if (!chains_.verified.contains(id))
        others.push_back(id);
    each(chains_sql, "c", " AND c.chain_id = ANY (" + literal(others) + ")",
         [this](const text_row& row) { chains_.others[id_of(row[1])] = number_of(row[4]); });
  }

  trail_query& trail_;
  /// Ids of the verified chains, as SQL.
  std::string chosen_;
  known_chains chains_;
};

}  // namespace

std::optional<std::int64_t> known_chains::end_of(const uuid& id) const {
  if (auto found = verified.find(id); found != verified.end())
    return found->second.last;
  auto other = others.find(id);
  return other == others.end() ? std::nullopt : std::optional{other->second};
}

known_chains read_chains(trail_query& trail, const std::map<uuid, chain_head>& anchors,
                         const std::vector<uuid>& with_entries) {
  return reader{trail}.run(anchors, with_entries);
}

}  // namespace musterd
