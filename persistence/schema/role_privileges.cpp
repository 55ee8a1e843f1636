#include "persistence/schema/role_privileges.hpp"

#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace musterd {
namespace {

constexpr std::string_view everybody = "PUBLIC", database_kind = "DATABASE";

/// One row per object and privilege that the role or PUBLIC holds on it or on one of its columns; one row for
/// an object without any.
constexpr auto present_sql = R"(
  WITH schema AS (SELECT * FROM pg_namespace WHERE nspname = ANY (string_to_array($2, ', '))),
  relation AS (
    SELECT c.oid, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, n.nspname || '.' || c.relname AS name,
      format('%I.%I', n.nspname, c.relname) AS target,
      coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner)) AS acl
    FROM pg_class c JOIN schema n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')),
  object (kind, name, target, acl, part) AS (
    SELECT kind, name, target, acl, '' FROM relation
    UNION ALL
    SELECT r.kind, r.name, r.target, a.attacl, format(' (%I)', a.attname)
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'ROUTINE', n.nspname || '.' || p.proname,
      format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
      coalesce(p.proacl, acldefault('f', p.proowner)), ''
    FROM pg_proc p JOIN schema n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'SCHEMA', nspname, format('%I', nspname), coalesce(nspacl, acldefault('n', nspowner)), '' FROM schema
    UNION ALL
    SELECT 'DATABASE', datname, format('%I', datname), coalesce(datacl, acldefault('d', datdba)), ''
    FROM pg_database WHERE datname = current_database())
  SELECT o.kind, o.name, o.target, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE 'ROLE' END, g.privilege_type || o.part
  FROM object o LEFT JOIN LATERAL (
    SELECT DISTINCT a.grantee, a.privilege_type FROM aclexplode(o.acl) a
    WHERE a.grantee = 0 OR a.grantee = (SELECT oid FROM pg_roles WHERE rolname = $1)) g ON true
  ORDER BY o.kind, o.name, o.target)";

std::set<std::string> split(std::string_view privileges) {
  std::set<std::string> result;
  while (!privileges.empty()) {
    auto end = std::min(privileges.find(", "), privileges.size());
    result.emplace(privileges.substr(0, end));
    privileges.remove_prefix(std::min(end + 2, privileges.size()));
  }
  return result;
}

struct change {
  bool is_of_database = false;
  std::string sql;
};

class differences {
 public:
  differences(pqxx::transaction_base& tx, const std::string& role, std::string_view schemas,
              const wanted_privileges& wanted)
      : role_{tx.quote_name(role)} {
    std::string last;
    for (const auto& row : run_query(tx, present_sql, {role, std::string{schemas}})) {
      database_object object{row[0].c_str(), row[1].c_str(), row[2].c_str()};
      if (auto id = object.kind + ' ' + object.target; id != last) {
        grant_missing();
        last = std::move(id);
        object_ = object;
        missing_ = split(wanted(object_));
      }
      if (!row[4].is_null())
        look_at(row[3].c_str() == everybody, row[4].c_str());
    }
    grant_missing();
  }

  std::vector<change> take() { return std::move(changes_); }

 private:
  void look_at(bool is_everybody, const std::string& privilege) {
    bool is_left_alone = is_everybody && object_.kind == database_kind && privilege == "CONNECT";
    if (!is_left_alone && (is_everybody || missing_.erase(privilege) == 0))
      add("REVOKE", privilege, "FROM", is_everybody ? everybody : std::string_view{role_});
  }
  void grant_missing() {
    for (const auto& privilege : missing_)
      add("GRANT", privilege, "TO", role_);
    missing_.clear();
  }
  void add(std::string_view verb, std::string_view privilege, std::string_view way, std::string_view who) {
    changes_.push_back({object_.kind == database_kind, fmt::format("{} {} ON {} {} {} {}", verb, privilege,
                                                                   object_.kind, object_.target, way, who)});
  }

  std::string role_;
  database_object object_;
  std::set<std::string> missing_;
  std::vector<change> changes_;
};

}  // namespace

std::vector<std::string> settle_privileges(pqxx::transaction_base& tx, const std::string& role,
                                           std::string_view schemas, const wanted_privileges& wanted) {
  auto changes = differences{tx, role, schemas, wanted}.take();
  if (changes.empty())
    return {};
  for (const auto& c : changes) {
    if (!c.is_of_database) {
      tx.exec(c.sql);
      continue;
    }
    tx.exec("SAVEPOINT of_database");  // may belong to somebody else
    try {
      tx.exec(c.sql);
    } catch (const pqxx::insufficient_privilege&) {
      tx.exec("ROLLBACK TO SAVEPOINT of_database");
    }
  }
  std::vector<std::string> left;
  for (auto& c : differences{tx, role, schemas, wanted}.take())
    left.push_back(std::move(c.sql));
  return left;
}

}  // namespace musterd
