#include "persistence/find_users.hpp"

#include "persistence/statement.hpp"

namespace musterd {
namespace {

std::string users(std::string_view where) {
  return std::string{R"(
    SELECT u.user_id, u.person_id, u.username, u.email, u.subject, u.status, u.status_effective_at,
      u.status_reason_code, u.created_at, u.updated_at, u.version,
      CASE WHEN l.user_id IS NOT NULL THEN 'LINKED'
           WHEN EXISTS (SELECT FROM messaging.dead_letter d WHERE d.consumer = 'user_person_link'
                        AND d.entity_key = u.user_id AND d.state = 'OPEN') THEN 'FAILED'
           ELSE 'PENDING' END AS link_status
    FROM security.app_user u
    JOIN people.person p USING (tenant_id, person_id)
    LEFT JOIN people.user_person_link l USING (tenant_id, user_id)
    WHERE u.tenant_id = $1 AND )"}
      .append(where);
}

std::string one(std::string_view where) {
  return "SELECT to_jsonb(m) FROM (" + users(where) + ") m";
}

const statement users_by_name{
    "users_by_name", paged_sql(users("($4::text IS NULL OR position(lower($4) IN lower(u.username)) > 0 OR "
                                     "position(lower($4) IN lower(p.first_name || ' ' || p.last_name)) > 0) "
                                     "AND ($5::text IS NULL OR u.status = $5)"),
                               "lower(username), user_id")};

const statement user_by_id{"user_by_id", one("u.user_id = $2")};
const statement user_by_person{"user_by_person", one("u.person_id = $2")};

const statement password_hash_of_user{"password_hash_of_user", R"(
  SELECT password_hash FROM security.user_credential WHERE tenant_id = $1 AND user_id = $2)"};

const statement persons_by_name{
    "persons_by_name",
    paged_sql("SELECT person_id, first_name, last_name, primary_email, status, status_effective_at, "
              "status_reason_code, created_at, updated_at, version FROM people.person WHERE tenant_id = $1 "
              "AND ($4::text IS NULL OR position(lower($4) IN lower(first_name || ' ' || last_name)) > 0 "
              "OR position(lower($4) IN lower(primary_email)) > 0)",
              "last_name, first_name, person_id")};

}  // namespace

page<user_view> find_users(pqxx::transaction_base& tx, tenant_uuid tenant, const user_filter& wanted,
                           page_limits limits) {
  return read_page<user_view>(users_by_name.run(tx, to_string(tenant), limits.first(), limits.last(),
                                                wanted.search, filter(wanted.status)),
                              limits);
}

std::optional<user_view> find_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid id) {
  return read_one<user_view>(user_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::optional<user_view> find_user_of(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person) {
  return read_one<user_view>(user_by_person.run(tx, to_string(tenant), to_string(person)));
}

std::string find_password_hash(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid user) {
  auto rows = password_hash_of_user.run(tx, to_string(tenant), to_string(user));
  return rows.empty() ? std::string{} : rows[0][0].as<std::string>();
}

page<person> find_persons(pqxx::transaction_base& tx, tenant_uuid tenant,
                          const std::optional<std::string>& search, page_limits limits) {
  return read_page<person>(persons_by_name.run(tx, to_string(tenant), limits.first(), limits.last(), search),
                           limits);
}

}  // namespace musterd
