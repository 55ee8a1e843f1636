#include "persistence/jobs/seed.hpp"

#include "common/json/json_read.hpp"
#include "common/text/random_text.hpp"
#include "domain/company/location.hpp"
#include "domain/kernel/context.hpp"
#include "persistence/audit/company_file.hpp"
#include "persistence/find/access/find_roles.hpp"

#include <fmt/ranges.h>

#include <set>
#include <stdexcept>

namespace musterd {
namespace {

template <class T>
T read_file(std::string_view json) {
  auto result = from_json<T>(json);
  if (!result) {
    auto why = result.error();
    auto all = why.message;
    for (const auto& e : why.field_errors)
      all += fmt::format(" {}: {}", e.field, e.message);
    throw std::runtime_error{"the company file does not fit: " + all};
  }
  return std::move(*result);
}

/// Adds the rows that are not there yet; answers their keys' text.
template <class Row>
std::set<std::string> add_missing(pqxx::transaction_base& tx, tenant_uuid tenant,
                                  const std::vector<Row>& rows) {
  const auto& table = spec_of<Row>();
  std::vector<std::string_view> columns;
  for_each_member<Row>([&](auto d) { columns.push_back(snake_name<decltype(d)>); });
  std::set<std::string> added;
  pqxx::result keys =
      tx.exec_params(fmt::format("INSERT INTO {0} (tenant_id, {1}) SELECT $1::uuid, {1} FROM "
                                 "json_populate_recordset(null::{0}, $2::json) "
                                 "ON CONFLICT (tenant_id, {2}) DO NOTHING RETURNING concat({2})",
                                 table.name, fmt::join(columns, ", "), table.key),
                     to_string(tenant), to_json<naming::row>(rows));
  for (const auto& row : keys)
    added.insert(row[0].as<std::string>());
  return added;
}

std::vector<role> roles_from(const std::vector<seed_role>& from, timestamp now) {
  std::vector<role> roles;
  for (const auto& r : from)
    roles.push_back({r.role_id, r.role_name, r.description, r.allowed_scopes,
                     expand_permissions(r.grants, r.except.value_or(std::vector<std::string>{})), now, now,
                     1});
  return roles;
}

std::size_t add_roles(pqxx::transaction_base& tx, tenant_uuid tenant, const std::vector<seed_role>& from,
                      timestamp now) {
  return add_missing(tx, tenant, roles_from(from, now)).size();
}

/// Finds what a person's entry in the file names, and checks that it fits.
class assignment_maker {
 public:
  assignment_maker(const company_file& file, const std::vector<seed_role>& roles) : since_{file.since} {
    for (const auto& r : roles)
      roles_[r.role_name] = &r;
    for (const auto& l : file.locations)
      locations_[l.code] = l.location_id;
  }
  role_assignment make(user_uuid user, const seed_assignment& from) const {
    auto known = roles_.find(from.role);
    if (known == roles_.end())
      throw std::runtime_error{"the company file names an unknown role: " + from.role};
    auto scope = from.location ? scope_type::location : scope_type::global;
    const auto& allowed = known->second->allowed_scopes;
    if (std::find(allowed.begin(), allowed.end(), scope) == allowed.end())
      throw std::runtime_error{fmt::format("Role {} does not allow {} scope.", from.role, enum_name(scope))};
    std::optional<location_uuid> place;
    if (from.location) {
      auto shop = locations_.find(*from.location);
      if (shop == locations_.end())
        throw std::runtime_error{"the company file names an unknown location: " + *from.location};
      place = shop->second;
    }
    return {from.assignment_id,
            user,
            known->second->role_id,
            scope,
            place,
            since_,
            {},
            since_,
            since_,
            system_principal,
            {},
            1};
  }

 private:
  timestamp since_;
  std::map<std::string, const seed_role*> roles_;
  std::map<std::string, location_uuid> locations_;
};

std::size_t add_people(pqxx::transaction_base& tx, const company_file& file,
                       const std::vector<seed_role>& roles) {
  assignment_maker assignments_of{file, roles};
  std::vector<person> people;
  std::vector<user_account> users;
  std::vector<user_person_link> links;
  std::vector<role_assignment> assignments;
  auto t = file.since;
  for (const auto& p : file.people) {
    people.push_back(
        {p.person_id, p.first_name, p.last_name, p.primary_email, access_status::active, t, {}, t, t, 1});
    if (!p.user)
      continue;
    users.push_back({p.user->user_id,
                     p.person_id,
                     p.user->username,
                     p.primary_email,
                     {},
                     access_status::active,
                     t,
                     {},
                     t,
                     t,
                     1});
    links.push_back({p.user->user_id, p.person_id, {}, t});
    for (const auto& a : p.user->roles)
      assignments.push_back(assignments_of.make(p.user->user_id, a));
  }
  auto tenant = file.tenant.tenant_id;
  auto added = add_missing(tx, tenant, people).size();
  added += add_missing(tx, tenant, users).size();
  added += add_missing(tx, tenant, links).size();
  return added + add_missing(tx, tenant, assignments).size();
}

std::size_t add_places(pqxx::transaction_base& tx, const company_file& file) {
  const auto& t = file.tenant;
  auto added =
      tx.exec_params(
            "INSERT INTO people.tenant (tenant_id, code, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            to_string(t.tenant_id), t.code, t.name)
          .affected_rows();
  std::vector<location> shops;
  for (const auto& l : file.locations)
    shops.push_back(
        {l.location_id, l.code, l.name, l.timezone, location_status::active, file.since, file.since, 1});
  return added + add_missing(tx, t.tenant_id, shops).size();
}

/// The password wanted for a login, or a random one.
std::string password_for(const std::string& login, const seed_options& options) {
  auto wanted = options.passwords.find(login);
  return wanted != options.passwords.end() ? wanted->second : random_text(16);
}

std::vector<seeded_login> set_passwords(pqxx::transaction_base& tx, const company_file& file,
                                        const hash_password_fn& hash_password, const seed_options& options) {
  auto tenant = to_string(file.tenant.tenant_id);
  std::set<std::string> have;
  for (const auto& row :
       tx.exec_params("SELECT user_id FROM security.user_credential WHERE tenant_id = $1", tenant))
    have.insert(row[0].as<std::string>());
  std::vector<seeded_login> logins;
  for (const auto& p : file.people) {
    if (!p.user || !p.user->login)
      continue;
    auto user = to_string(p.user->user_id);
    auto& login = logins.emplace_back(seeded_login{p.user->username, {}});
    if (have.contains(user) && !options.reset_passwords)
      continue;
    login.password = password_for(login.username, options);
    tx.exec_params0(
        "INSERT INTO security.user_credential AS c (tenant_id, user_id, password_hash, changed_at, version) "
        "VALUES ($1, $2, $3, $4, 1) ON CONFLICT (tenant_id, user_id) DO UPDATE SET "
        "password_hash = excluded.password_hash, changed_at = excluded.changed_at, version = c.version + 1",
        tenant, user, hash_password(*login.password), to_string(options.now));
  }
  return logins;
}

void set_secrets(pqxx::transaction_base& tx, const company_file& file, const hash_password_fn& hash_password,
                 const seed_options& options, std::vector<seeded_login>& logins) {
  auto tenant = to_string(file.tenant.tenant_id);
  for (const auto& service : file.services.value_or(std::vector<seed_service>{})) {
    auto& login = logins.emplace_back(seeded_login{service.name, {}});
    service_client client{service.client_id, service.name, {}, service.scopes,
                          options.now,       options.now,  {}, 1};
    std::ranges::sort(client.scopes);
    bool is_new = !add_missing(tx, file.tenant.tenant_id, std::vector{client}).empty();
    if (!is_new && !options.reset_passwords)
      continue;
    tx.exec_params0("UPDATE security.service_secret SET ends_at = $3, version = version + 1 "
                    "WHERE tenant_id = $1 AND client_id = $2 AND (ends_at IS NULL OR ends_at > $3)",
                    tenant, to_string(service.client_id), to_string(options.now));
    login.password = password_for(login.username, options);
    add_missing(
        tx, file.tenant.tenant_id,
        std::vector{service_secret{
            {uuid::generate()}, service.client_id, hash_password(*login.password), options.now, {}, 1}});
  }
}

}  // namespace

seed_result import_company(pqxx::connection& db, std::string_view company_json, std::string_view roles_json,
                           const hash_password_fn& hash_password, const seed_options& options) {
  auto file = read_file<company_file>(company_json);
  auto roles = read_file<roles_file>(roles_json).roles;
  roles.insert(roles.end(), file.roles.begin(), file.roles.end());
  pqxx::work tx{db};
  seed_result result;
  // Before the company, which gets them; the other way round, two companies would wait for each other.
  register_own_permissions(tx);
  result.rows_added = add_places(tx, file);
  result.rows_added += add_roles(tx, file.tenant.tenant_id, roles, file.since);
  result.rows_added += add_people(tx, file, roles);
  result.logins = set_passwords(tx, file, hash_password, options);
  set_secrets(tx, file, hash_password, options, result.logins);
  tx.commit();
  return result;
}

std::vector<role> default_roles(std::string_view roles_json, timestamp now) {
  return roles_from(read_file<roles_file>(roles_json).roles, now);
}

std::size_t import_roles(pqxx::transaction_base& tx, tenant_uuid tenant, std::string_view roles_json,
                         timestamp now) {
  return add_roles(tx, tenant, read_file<roles_file>(roles_json).roles, now);
}

}  // namespace musterd
