#include "persistence/load_person.hpp"

#include "persistence/rows_as_json.hpp"
#include "persistence/statement.hpp"

namespace musterd {
namespace {

/// Sessions that are over by the database's clock stay behind: an actor never needs them.
const statement person_by_id{"person_by_id", R"(
  SELECT jsonb_build_object(
    'id', $2::uuid,
    'person', (SELECT to_jsonb(p) - 'tenant_id' FROM people.person p WHERE p.tenant_id = $1 AND p.person_id = $2),
    'user', (SELECT to_jsonb(u) - 'tenant_id' FROM security.app_user u WHERE u.tenant_id = $1 AND u.person_id = $2),
    'assignments', coalesce((
      SELECT jsonb_agg(to_jsonb(a) - 'tenant_id' ORDER BY a.effective_start_date, a.assignment_id)
      FROM people.role_assignment a JOIN security.app_user u USING (tenant_id, user_id)
      WHERE u.tenant_id = $1 AND u.person_id = $2), '[]'),
    'placements', coalesce((
      SELECT jsonb_agg(to_jsonb(l) - 'tenant_id' ORDER BY l.assignment_id)
      FROM people.location_assignment l WHERE l.tenant_id = $1 AND l.person_id = $2), '[]'),
    'credential_version', coalesce((
      SELECT c.version FROM security.user_credential c JOIN security.app_user u USING (tenant_id, user_id)
      WHERE u.tenant_id = $1 AND u.person_id = $2), 0),
    'sessions', coalesce((
      SELECT jsonb_agg(to_jsonb(f) - 'tenant_id' ORDER BY f.created_at, f.family_id)
      FROM security.refresh_token_family f JOIN security.app_user u USING (tenant_id, user_id)
      WHERE u.tenant_id = $1 AND u.person_id = $2 AND f.revoked_at IS NULL
        AND f.expires_at > now()), '[]')))"};

const statement login_by_username{"login_by_username", R"(
  SELECT u.tenant_id, u.user_id, u.person_id, coalesce(c.password_hash, '')
  FROM people.tenant t JOIN security.app_user u USING (tenant_id)
  LEFT JOIN security.user_credential c USING (tenant_id, user_id)
  WHERE t.code = $1 AND lower(u.username) = lower($2))"};

const statement service_client_by_name{"service_client_by_name", R"(
  SELECT c.tenant_id, c.client_id, '00000000-0000-0000-0000-000000000000'::uuid, c.secret_hash
  FROM people.tenant t JOIN security.service_client c USING (tenant_id) WHERE t.code = $1 AND c.name = $2)"};

const statement user_by_subject{"user_by_subject", R"(
  SELECT user_id, person_id FROM security.app_user WHERE tenant_id = $1 AND subject = $2)"};

template <class Id>
Id id_in(const pqxx::field& field) {
  return {*uuid::parse(field.as<std::string>())};
}

std::optional<login_record> login_in(const pqxx::result& rows) {
  if (rows.empty())
    return std::nullopt;
  auto row = rows[0];
  return login_record{id_in<tenant_uuid>(row[0]), id_in<user_uuid>(row[1]), id_in<person_uuid>(row[2]),
                      row[3].as<std::string>()};
}

}  // namespace

person_state load_person(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person) {
  auto rows = person_by_id.run(tx, to_string(tenant), to_string(person));
  return value_from_row<person_state>(rows.at(0)[0].as<std::string>());
}

std::optional<login_record> find_login(pqxx::transaction_base& tx, std::string_view tenant_code,
                                       std::string_view username) {
  return login_in(login_by_username.run(tx, std::string{tenant_code}, std::string{username}));
}

std::optional<login_record> find_service_client(pqxx::transaction_base& tx, std::string_view tenant_code,
                                                std::string_view name) {
  return login_in(service_client_by_name.run(tx, std::string{tenant_code}, std::string{name}));
}

std::optional<subject_record> find_subject(pqxx::transaction_base& tx, tenant_uuid tenant,
                                           std::string_view subject) {
  auto rows = user_by_subject.run(tx, to_string(tenant), std::string{subject});
  if (rows.empty())
    return std::nullopt;
  return subject_record{id_in<user_uuid>(rows[0][0]), id_in<person_uuid>(rows[0][1])};
}

}  // namespace musterd
