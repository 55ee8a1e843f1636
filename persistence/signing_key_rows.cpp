#include "persistence/signing_key_rows.hpp"

#include "persistence/dynamic_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

constexpr auto read_sql = R"(
  SELECT kid, jwk, seal, (extract(epoch FROM t - announced_at) * 1000)::bigint,
    (extract(epoch FROM verifies_until - t) * 1000)::bigint
  FROM security.signing_key, clock_timestamp() t WHERE verifies_until > t ORDER BY announced_at, kid LIMIT $1::int)";

constexpr auto publish_sql = R"(
  INSERT INTO security.signing_key AS k (kid, jwk, seal, verifies_until)
  SELECT $1, $2, $3, clock_timestamp() + make_interval(secs => $4::int)
  WHERE EXISTS (SELECT FROM security.signing_key WHERE kid = $1)
    OR (SELECT count(*) FROM security.signing_key WHERE verifies_until > clock_timestamp()) < $5::int
  ON CONFLICT (kid) DO UPDATE
  SET jwk = excluded.jwk, seal = excluded.seal, verifies_until = greatest(k.verifies_until, excluded.verifies_until),
    announced_at = CASE WHEN k.verifies_until > clock_timestamp() THEN k.announced_at ELSE clock_timestamp() END)";

std::string seal_of(const audit_key& seal, std::string_view kid, std::string_view jwk) {
  return to_hex(seal.hash({"signing key", kid, jwk}));
}

}  // namespace

published_keys read_published_keys(pqxx::transaction_base& tx, const audit_key& seal) {
  published_keys result;
  for (const auto& row : run_query(tx, read_sql, {std::to_string(2 * most_published_keys)})) {
    published_key key{row[0].c_str(), row[1].c_str(), std::chrono::milliseconds{row[3].as<std::int64_t>()},
                      std::chrono::milliseconds{row[4].as<std::int64_t>()}};
    if (row[2].c_str() == seal_of(seal, key.kid, key.jwk))
      result.keys.push_back(std::move(key));
    else
      ++result.forged;
  }
  return result;
}

void publish_key(pqxx::transaction_base& tx, const audit_key& seal, std::string_view kid,
                 std::string_view jwk, std::chrono::seconds lease) {
  run_query(tx, publish_sql,
            {std::string{kid}, std::string{jwk}, seal_of(seal, kid, jwk), std::to_string(lease.count()),
             std::to_string(most_published_keys)});
}

}  // namespace musterd
