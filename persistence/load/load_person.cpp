#include "persistence/load/load_person.hpp"

#include "common/text/text.hpp"
#include "persistence/sql/pages/rows_as_json.hpp"
#include "persistence/sql/statement.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// A person's dated rows in a table: those not ended, and the last of those ended. Each part is one range of
/// the index by ends, which its order makes the cheapest plan.
std::string remembered_rows(std::string_view table, std::string_view of, std::string_view end,
                            std::string_view order) {
  auto part = [&](std::string_view condition, std::string_view direction) {
    return fmt::format(
        "(SELECT * FROM {0} r WHERE r.tenant_id = $1 AND r.{1} AND r.{2} {3} ORDER BY r.{2} {4})", table, of,
        end, condition, direction);
  };
  return fmt::format(
      "SELECT jsonb_agg(to_jsonb(x) - 'tenant_id' ORDER BY {}) FROM ({} UNION ALL {} UNION ALL {}) x", order,
      part("IS NULL", ""), part("> now()", ""),
      part("<= now()", fmt::format("DESC LIMIT {}", remembered_endings)));
}

/// Omits sessions expired by the database's clock: an actor never needs them.
const statement person_by_id{
    "person_by_id",
    fmt::format(R"(
  SELECT jsonb_build_object(
    'id', $2::uuid,
    'person', (SELECT to_jsonb(p) - 'tenant_id' FROM people.person p WHERE p.tenant_id = $1 AND p.person_id = $2),
    'user', to_jsonb(u) - 'tenant_id',
    'erasure', (SELECT to_jsonb(e) - ARRAY['tenant_id', 'completed_at'] FROM people.person_erasure e
      WHERE e.tenant_id = $1 AND e.person_id = $2),
    'assignments', coalesce(({}), '[]'),
    'placements', coalesce(({}), '[]'),
    'credential_version', coalesce(c.version, 0),
    'must_change_password', coalesce(c.must_change, false),
    'factor', (SELECT to_jsonb(s) - 'tenant_id' FROM security.second_factor s
      WHERE s.tenant_id = $1 AND s.user_id = u.user_id),
    'sessions', coalesce((
      SELECT jsonb_agg(to_jsonb(f) - 'tenant_id' ORDER BY f.created_at, f.family_id)
      FROM security.refresh_token_family f
      WHERE f.tenant_id = $1 AND f.user_id = u.user_id AND f.revoked_at IS NULL AND f.expires_at > now()), '[]')), to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  FROM (VALUES (1)) once
  LEFT JOIN security.app_user u ON u.tenant_id = $1 AND u.person_id = $2
  LEFT JOIN security.user_credential c ON c.tenant_id = $1 AND c.user_id = u.user_id)",
                remembered_rows("people.role_assignment", "user_id = u.user_id", "effective_end_date",
                                "x.effective_start_date, x.assignment_id"),
                remembered_rows("people.location_assignment", "person_id = $2", "effective_end_at",
                                "x.assignment_id"))};

const statement assignments_in_force_at{"assignments_in_force_at", R"(
  SELECT to_jsonb(a) - 'tenant_id' FROM people.role_assignment a
  WHERE a.tenant_id = $1 AND a.user_id = $2 AND a.effective_end_date > $3 AND a.effective_start_date <= $3)"};

/// A tenant without that user still yields a row: its trail records failed sign-ins too.
const statement login_by_username{"login_by_username", R"(
  SELECT t.tenant_id, u.user_id, u.person_id, coalesce(c.password_hash, ''), coalesce(c.version, 0),
    EXISTS (SELECT FROM security.session_origin o
            WHERE o.tenant_id = u.tenant_id AND o.user_id = u.user_id AND o.client_network = $3),
    s.factor_id, s.sealed_secret
  FROM people.tenant t
  LEFT JOIN security.app_user u ON u.tenant_id = t.tenant_id AND lower(u.username COLLATE "C") = $2
  LEFT JOIN security.user_credential c ON c.tenant_id = u.tenant_id AND c.user_id = u.user_id
  LEFT JOIN security.second_factor s ON s.tenant_id = u.tenant_id AND s.user_id = u.user_id AND s.status = 'ACTIVE'
  WHERE t.code = $1)"};

const statement service_client_by_name{"service_client_by_name", R"(
  SELECT t.tenant_id, c.client_id, s.secret_id, s.secret_hash
  FROM people.tenant t
  LEFT JOIN security.service_client c ON c.tenant_id = t.tenant_id AND c.name = $2 AND c.revoked_at IS NULL
  LEFT JOIN security.service_secret s ON s.tenant_id = c.tenant_id AND s.client_id = c.client_id
    AND (s.ends_at IS NULL OR s.ends_at > now())
  WHERE t.code = $1 ORDER BY s.created_at DESC, s.secret_id DESC)"};

const statement session_of_person{"session_of_person", R"(
  SELECT f.secret_hash FROM security.refresh_token_family f JOIN security.app_user u USING (tenant_id, user_id)
  WHERE f.tenant_id = $1 AND f.family_id = $2 AND u.person_id = $3)"};

const statement user_by_subject{"user_by_subject", R"(
  SELECT user_id, person_id FROM security.app_user WHERE tenant_id = $1 AND subject = $2)"};

template <class Id>
Id typed_id_in(const pqxx::field& field) {
  return {*uuid::parse(field.as<std::string>())};
}

std::optional<login_record> login_in(const pqxx::result& rows) {
  if (rows.empty())
    return std::nullopt;
  auto row = rows[0];
  login_record result{typed_id_in<tenant_uuid>(row[0]),
                      row[1].is_null() ? user_uuid{} : typed_id_in<user_uuid>(row[1]),
                      row[2].is_null() ? person_uuid{} : typed_id_in<person_uuid>(row[2]),
                      row[3].as<std::string>(),
                      row[4].as<std::int64_t>(),
                      row[5].as<bool>(),
                      {}};
  if (!row[6].is_null())
    result.factor = stored_factor{
        *uuid::parse(row[6].as<std::string>()), factor_status::active, row[7].as<std::string>(), 0, {}};
  return result;
}

/// If as many ended as are remembered, there may be more.
template <class Record>
std::optional<timestamp> first_remembered(const std::vector<Record>& records,
                                          std::optional<timestamp> Record::* end, timestamp now) {
  std::size_t ended = 0;
  auto first = timestamp::max();
  for (const auto& r : records)
    if (r.*end && *(r.*end) <= now) {
      ++ended;
      first = std::min(first, *(r.*end));
    }
  return ended < remembered_endings ? std::nullopt : std::optional{first};
}

}  // namespace

person_state load_person(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person) {
  auto rows = person_by_id.run(tx, to_string(tenant), to_string(person));
  auto state = value_from_row<person_state>(rows.at(0)[0].as<std::string>());
  auto now = parse_timestamp(rows.at(0)[1].as<std::string>()).value();
  state.assignments_since = first_remembered(state.assignments, &role_assignment::effective_end_date, now);
  state.placements_since = first_remembered(state.placements, &location_assignment::effective_end_at, now);
  return state;
}

std::vector<role_assignment> find_past_assignments(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                   user_uuid user, timestamp at) {
  std::vector<role_assignment> result;
  for (const auto& row : assignments_in_force_at.run(tx, to_string(tenant), to_string(user), to_string(at)))
    result.push_back(value_from_row<role_assignment>(row[0].as<std::string>()));
  return result;
}

std::optional<login_record> find_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                       std::string_view username, std::string_view network) {
  return login_in(
      login_by_username.run(tx, std::string{tenant_code}, folded(username), std::string{network}));
}

std::optional<service_login> find_service_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                                std::string_view name) {
  auto rows = service_client_by_name.run(tx, std::string{tenant_code}, std::string{name});
  if (rows.empty())
    return std::nullopt;
  service_login result{typed_id_in<tenant_uuid>(rows[0][0]), {}, {}};
  if (!rows[0][1].is_null())
    result.client = typed_id_in<service_uuid>(rows[0][1]);
  for (const auto& row : rows)
    if (!row[2].is_null())
      result.secrets.push_back({typed_id_in<service_secret_uuid>(row[2]), row[3].as<std::string>()});
  return result;
}

std::optional<std::string> find_secret_hash(pqxx::transaction_base& tx, tenant_uuid tenant,
                                            person_uuid person, token_family_uuid session) {
  auto rows = session_of_person.run(tx, to_string(tenant), to_string(session), to_string(person));
  return rows.empty() ? std::nullopt : std::optional{rows[0][0].as<std::string>()};
}

std::optional<subject_record> find_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                           std::string_view subject) {
  auto rows = user_by_subject.run(tx, to_string(tenant), std::string{subject});
  if (rows.empty())
    return std::nullopt;
  return subject_record{typed_id_in<user_uuid>(rows[0][0]), typed_id_in<person_uuid>(rows[0][1])};
}

}  // namespace musterd
