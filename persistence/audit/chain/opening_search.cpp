#include "persistence/audit/chain/opening_search.hpp"

#include "persistence/audit/chain/chain_fields.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

/// Newest first, as `opening_in` reads them; of all companies, or of those of the condition.
std::string openings_sql(std::string_view where, int most) {
  return fmt::format(
      R"(SELECT chain_id, to_char(opened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        encode(substr(mac, 1, 33), 'hex'), tenant_id FROM audit.chain {}ORDER BY opened_at DESC, chain_id DESC LIMIT {})",
      where, most);
}

/// The limit exceeds what any opening of ours names; more could not match its hash.
constexpr auto links_of =
    "SELECT earlier_chain_id, seq, encode(substr(hash, 1, 33), 'hex') FROM audit.chain_link "
    "WHERE tenant_id = $1::uuid AND chain_id = $2::uuid ORDER BY earlier_chain_id LIMIT 10000";

constexpr int most_looked_at = 256;
/// Whoever has the server's role can put a few thousand of their own in front.
constexpr int most_looked_at_for_a_key = 10'000;

chain_opening opening_in(pqxx::transaction_base& tx, tenant_uuid tenant, const pqxx::row& row) {
  // A time that we never write matches no hash.
  chain_opening result{tenant, id_in(row[0]), parse_timestamp(row[1].c_str()).value_or(timestamp{}), {}};
  for (const auto& link : run_query(tx, links_of, {to_string(tenant), to_string(result.chain_id)}))
    result.earlier.push_back({tenant, id_in(link[0]), link[1].as<std::int64_t>(), hash_in(link[2])});
  return result;
}

}  // namespace

found_openings find_openings(pqxx::transaction_base& tx, const audit_key& key, tenant_uuid tenant) {
  found_openings result;
  auto looked_at = [&](int most) {
    result = {};
    for (const auto& row :
         run_query(tx, openings_sql("WHERE tenant_id = $1::uuid ", most), {to_string(tenant)})) {
      auto opening = opening_in(tx, tenant, row);
      auto mac = hash_in(row[2]);
      if (auto form = form_of(key, opening, mac)) {
        result.newest = found_openings::ours{std::move(opening), mac, *form};
        return;
      }
      result.others.push_back({tenant, opening.chain_id, 0, mac});
    }
  };
  looked_at(1);
  if (!result.others.empty())
    looked_at(most_looked_at);
  return result;
}

bool is_key_of_trail(pqxx::transaction_base& tx, const audit_key& key) {
  auto openings = run_query(tx, openings_sql("", most_looked_at_for_a_key), {});
  return openings.empty() || std::ranges::any_of(openings, [&](const pqxx::row& row) {
           return form_of(key, opening_in(tx, {id_in(row[3])}, row), hash_in(row[2])).has_value();
         });
}

}  // namespace musterd
