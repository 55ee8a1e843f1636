#include "persistence/find/access/find_users.hpp"

#include "domain/person/faults.hpp"

namespace musterd {
namespace {

std::string users(std::string_view where) {
  return std::string{R"(
    SELECT u.user_id, u.person_id, u.username, u.email, u.subject, u.status, u.status_effective_at,
      u.status_reason_code, u.created_at, u.updated_at, u.version,
      CASE WHEN l.user_id IS NOT NULL THEN 'LINKED'
           WHEN EXISTS (SELECT FROM messaging.dead_letter d
                        WHERE d.tenant_id = u.tenant_id AND d.consumer = 'user_person_link'
                        AND d.entity_key = u.user_id AND d.state = 'OPEN') THEN 'FAILED'
           ELSE 'PENDING' END AS link_status
    FROM security.app_user u
    LEFT JOIN people.user_person_link l ON l.tenant_id = u.tenant_id AND l.user_id = u.user_id
    LEFT JOIN people.person p ON p.tenant_id = u.tenant_id AND p.person_id = u.person_id
    WHERE u.tenant_id = $1 AND )"}
      .append(where);
}

std::string one(std::string_view where) {
  return "SELECT to_jsonb(m) FROM (" + users(where) + ") m";
}

/// The person is only read if filtered on.
std::string filtered_users(std::string_view and_where) {
  return users(R"(($6::text IS NULL OR u.status = $6)
    AND (NOT $7::boolean OR (u.status = 'ACTIVE' AND p.status = 'ACTIVE')))")
      .append(and_where);
}

list_order by_username() {
  return list_order{{{"lower(username COLLATE \"C\")", list_order::kind::text}}};  // unique within a tenant
}

const people_list users_by_name{"users_by_name", filtered_users(""), "u.person_id", by_username()};

/// Matches come from trigram indexes and are then sorted.
const people_list users_by_part{"users_by_part", filtered_users(R"(
    AND u.person_id = ANY (ARRAY(
      SELECT f.person_id FROM security.app_user f WHERE f.tenant_id = $1 AND lower(f.username) LIKE lower($8)
      UNION SELECT f.person_id FROM people.person f
      WHERE f.tenant_id = $1 AND lower(f.first_name || ' ' || f.last_name) LIKE lower($8))))"),
                                "u.person_id", by_username()};

/// One or two letters have no trigram, but match many names, so a page fills quickly.
const people_list users_by_letters{"users_by_letters", filtered_users(R"(
    AND (lower(u.username) LIKE lower($8) OR lower(p.first_name || ' ' || p.last_name) LIKE lower($8)))"),
                                   "u.person_id", by_username()};

const statement user_by_id{"user_by_id", one("u.user_id = $2")};
const statement user_by_person{"user_by_person", one("u.person_id = $2")};

const statement credentials_of_user{"credentials_of_user", R"(
  SELECT t.code, u.username, u.person_id, coalesce(c.password_hash, ''), coalesce(c.version, 0)
  FROM people.tenant t JOIN security.app_user u USING (tenant_id)
  LEFT JOIN security.user_credential c USING (tenant_id, user_id)
  WHERE u.tenant_id = $1 AND u.user_id = $2)"};

const statement code_of_tenant{"code_of_tenant", "SELECT code FROM people.tenant WHERE tenant_id = $1"};

const people_list persons_by_name{"persons_by_name", R"(
    SELECT p.person_id, p.first_name, p.last_name, p.primary_email, p.status, p.status_effective_at,
      p.status_reason_code, p.created_at, p.updated_at, p.version
    FROM people.person p
    LEFT JOIN security.app_user u ON u.tenant_id = p.tenant_id AND u.person_id = p.person_id
    WHERE p.tenant_id = $1
      AND ($6::text IS NULL OR lower(p.first_name || ' ' || p.last_name) LIKE lower($6)
           OR lower(p.primary_email) LIKE lower($6))
      AND (NOT $7::boolean OR (p.status = 'ACTIVE' AND (u.user_id IS NULL OR u.status = 'ACTIVE'))))",
                                  "p.person_id",
                                  list_order{{{"last_name", list_order::kind::text},
                                              {"first_name", list_order::kind::text},
                                              {"person_id", list_order::kind::id}}}};

const statement person_exists{"person_exists",
                              "SELECT FROM people.person p WHERE p.tenant_id = $1 AND p.person_id = $2 AND " +
                                  visible_person("p.person_id", "$3", "$4")};

/// Trigram indexes need at least this much.
constexpr std::size_t shortest_part = 3;

}  // namespace

page<user_view> find_users(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                           const user_filter& wanted, const page_limits& limits) {
  auto status = filter(wanted.status);
  if (!wanted.search)
    return users_by_name.read<user_view>(tx, tenant, scope, limits, status, wanted.eligible);
  const auto& list = wanted.search->size() < shortest_part ? users_by_letters : users_by_part;
  return list.read<user_view>(tx, tenant, scope, limits, status, wanted.eligible, anywhere(*wanted.search));
}

std::optional<user_view> find_user(pqxx::transaction_base& tx, tenant_uuid tenant, user_uuid id) {
  return read_one<user_view>(user_by_id.run(tx, to_string(tenant), to_string(id)));
}

std::optional<user_view> find_user_of(pqxx::transaction_base& tx, tenant_uuid tenant, person_uuid person) {
  return read_one<user_view>(user_by_person.run(tx, to_string(tenant), to_string(person)));
}

std::optional<user_credentials> find_credentials(pqxx::transaction_base& tx, tenant_uuid tenant,
                                                 user_uuid user) {
  auto rows = credentials_of_user.run(tx, to_string(tenant), to_string(user));
  if (rows.empty())
    return std::nullopt;
  auto row = rows[0];
  return user_credentials{row[0].as<std::string>(),
                          row[1].as<std::string>(),
                          {uuid::parse(row[2].as<std::string>()).value()},
                          row[3].as<std::string>(),
                          row[4].as<std::int64_t>()};
}

std::string find_tenant_code(pqxx::transaction_base& tx, tenant_uuid tenant) {
  return code_of_tenant.run(tx, to_string(tenant)).at(0)[0].as<std::string>();
}

page<person> find_persons(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                          const person_filter& wanted, const page_limits& limits) {
  auto pattern = wanted.search ? std::optional{anywhere(*wanted.search)} : std::nullopt;
  return persons_by_name.read<person>(tx, tenant, scope, limits, pattern, wanted.eligible);
}

outcome<void> expect_person(pqxx::transaction_base& tx, tenant_uuid tenant, const people_scope& scope,
                            person_uuid id) {
  if (person_exists.run(tx, to_string(tenant), to_string(id), scope.shops_parameter(), to_string(scope.at))
          .empty())
    return person_not_found;
  return boost::system::in_place_value;
}

}  // namespace musterd
