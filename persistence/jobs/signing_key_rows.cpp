#include "persistence/jobs/signing_key_rows.hpp"

#include "domain/kernel/sql_value.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace musterd {
namespace {

/// Whoever can write rows can write any instant and any length. In the order of the primary key, so that what
/// is passed over is bounded as well.
constexpr std::string_view read_sql = R"(
  SELECT kid, CASE WHEN is_short THEN jwk ELSE '' END, CASE WHEN is_short THEN seal ELSE '' END,
    (extract(epoch FROM t - least(greatest(announced_at, t - ten_years), t + ten_years)) * 1000)::bigint,
    (extract(epoch FROM least(greatest(verifies_until, t - ten_years), t + ten_years) - t) * 1000)::bigint
  FROM (SELECT *, octet_length(jwk) + octet_length(seal) <= 8192 AS is_short, clock_timestamp() AS t,
          interval '3650 days' AS ten_years
        FROM security.signing_key WHERE {} OFFSET 0) k)";

const std::string known_sql = fmt::format(fmt::runtime(read_sql), "kid = ANY ($1::text[])");
const std::string others_sql =
    fmt::format(fmt::runtime(read_sql), "kid > $2 AND kid <> ALL ($1::text[]) ORDER BY kid LIMIT $3::int");

constexpr auto publish_sql = R"(
  INSERT INTO security.signing_key AS k (kid, jwk, seal, verifies_until)
  SELECT $1, $2, $3, clock_timestamp() + make_interval(secs => $4::int)
  ON CONFLICT (kid) DO UPDATE
  SET jwk = excluded.jwk, seal = excluded.seal, verifies_until = greatest(k.verifies_until, excluded.verifies_until),
    announced_at = CASE WHEN k.verifies_until > clock_timestamp() THEN k.announced_at ELSE clock_timestamp() END)";

std::string seal_of(const audit_key& seal, std::string_view kid, std::string_view jwk) {
  return to_hex(seal.hash({"signing key", kid, jwk}));
}

/// Answers how many are forged.
int take(const pqxx::result& rows, const audit_key& seal, std::vector<published_key>& keys) {
  int forged = 0;
  for (const auto& row : rows) {
    published_key key{row[0].c_str(), row[1].c_str(), std::chrono::milliseconds{row[3].as<std::int64_t>()},
                      std::chrono::milliseconds{row[4].as<std::int64_t>()}};
    if (key.verifies_for <= std::chrono::milliseconds{})
      continue;
    if (row[2].c_str() == seal_of(seal, key.kid, key.jwk))
      keys.push_back(std::move(key));
    else
      ++forged;
  }
  return forged;
}

}  // namespace

published_keys read_published_keys(pqxx::transaction_base& tx, const audit_key& seal,
                                   const std::vector<std::string>& known, key_search& search, int looks) {
  published_keys result;
  auto of_known = array_literal(known);
  auto forged = take(run_query(tx, known_sql, {of_known}), seal, result.keys);
  while (looks-- > 0) {
    auto rows = run_query(tx, others_sql, {of_known, search.behind, std::to_string(rows_in_a_look)});
    search.forged += take(rows, seal, result.keys);
    if (static_cast<int>(rows.size()) < rows_in_a_look) {
      search = {{}, 0, search.forged};
      break;
    }
    search.behind = rows[rows.size() - 1][0].c_str();
  }
  result.forged = forged + std::max(search.forged, search.forged_before);
  std::ranges::sort(result.keys, [](const auto& a, const auto& b) {
    return std::tie(b.announced_for, a.kid) < std::tie(a.announced_for, b.kid);
  });
  return result;
}

void publish_key(pqxx::transaction_base& tx, const audit_key& seal, std::string_view kid,
                 std::string_view jwk, std::chrono::seconds lease) {
  run_query(tx, publish_sql,
            {std::string{kid}, std::string{jwk}, seal_of(seal, kid, jwk), std::to_string(lease.count())});
}

}  // namespace musterd
