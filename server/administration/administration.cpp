#include "server/administration/administration.hpp"

#include "actors/aggregates/company_aggregate.hpp"
#include "actors/aggregates/person_aggregate.hpp"
#include "common/text/random_text.hpp"
#include "domain/audit/change_audit.hpp"
#include "domain/person/account/new_password.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "persistence/audit/chain/opening_search.hpp"
#include "persistence/audit/verify_audit.hpp"
#include "persistence/find/access/find_roles.hpp"
#include "persistence/jobs/seed.hpp"
#include "persistence/journal/journal_writer.hpp"
#include "persistence/load/load_company_directory.hpp"
#include "persistence/schema/server_role.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/record_version.hpp"
#include "server/settings/settings.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

struct tenant_row {
  std::string code;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(tenant_row, (), (code, name))

}  // namespace

template <>
struct table_of<tenant_row> : insert_table<"people.tenant", "tenant_id"> {};

namespace {

constexpr std::size_t secret_letters = 32;

[[noreturn]] void throw_refusal(const fault& why) {
  auto text = why.message;
  for (const auto& e : why.field_errors)
    text += fmt::format(" {}", e.message);
  throw std::runtime_error{text};
}

template <class Command>
void check(const Command& command) {
  std::vector<field_error> errors;
  validate(command, errors);
  if (!errors.empty())
    throw_refusal(validation_failed(std::move(errors)));
}

std::string hashed(const password_settings& c, const std::string& secret) {
  return password_hasher{cost_of(c), 1, 1}.hash_now(secret);
}

/// The database as used by one operator at a time: a second one waits.
class desk {
 public:
  explicit desk(const server_settings& s) : database_{s.database}, chain_key_file_{s.audit.chain_key_file} {
    prepare_database(database_.owner_url(), database_.url);
    db_ = open_connection(database_.owner_url());
    pqxx::nontransaction{*db_}.exec("SELECT pg_advisory_lock(hashtextextended('musterd administration', 0))");
  }

  pqxx::connection& db() { return *db_; }

  tenant_uuid tenant_of(const std::string& code) {
    auto found = find_tenant(pqxx::nontransaction{*db_}, code);
    if (!found)
      throw std::runtime_error{"there is no tenant " + code};
    return *found;
  }

  static request_context acting_in(tenant_uuid tenant) {
    request_context ctx;
    ctx.tenant = tenant;
    ctx.kind = principal_kind::system;
    ctx.actor = system_principal;
    ctx.now = wall_clock_now();
    ctx.correlation_id = to_string(uuid::generate());
    return ctx;
  }

  /// `version`: the record's current version; -1 if no entity owns it.
  void commit(const request_context& ctx, effects done, std::string_view aggregate, const uuid& entity,
              std::int64_t version) {
    commit_unit unit{entity, std::move(done.writes)};
    if (version >= 0)
      unit.advance(ctx.tenant, {std::string{aggregate}, entity, version + 1, version + 1});
    journal_writer journal{database_.owner_url(), key_of_trail()};
    const commit_unit* only = &unit;
    if (auto failed = journal.commit({&only, 1}).front())
      throw_refusal(*failed);
  }

 private:
  /// The server's key. With another one these entries would look forged for ever.
  audit_key key_of_trail() {
    auto key = audit_key::load_or_create(chain_key_file_);
    pqxx::nontransaction tx{*db_};
    if (!is_key_of_trail(tx, key))
      throw std::runtime_error{
          chain_key_file_ + " is not the key of this audit trail; name the server's (audit.chain_key_file)"};
    return key;
  }

  const database_settings& database_;
  const std::string& chain_key_file_;
  std::unique_ptr<pqxx::connection> db_;
};

/// Decides one of several commands; `state` already has the events of earlier ones.
template <class State, class Command>
void run(State& state, const Command& command, const request_context& ctx, const facts& known, effects& out) {
  auto decided = decide(state, command, ctx, known);
  if (!decided)
    throw_refusal(decided.error());
  for (const auto& event : decided->events) {
    evolve(state, event);
    add_effects(out, event, ctx, known.ids);
  }
}

role_uuid owner_role(const role_catalog& roles) {
  for (const auto& [id, entry] : roles.roles())
    if (entry.role.role_name == "OWNER")
      return id;
  throw std::runtime_error{"the company has no role OWNER"};
}

bool has_owner(pqxx::connection& db, tenant_uuid tenant, role_uuid owner) {
  pqxx::nontransaction tx{db};
  return !tx.exec_params(
                "SELECT FROM people.role_assignment a JOIN security.app_user u USING (tenant_id, user_id) "
                "WHERE a.tenant_id = $1 AND a.role_id = $2 AND a.scope_type = 'GLOBAL' "
                "AND u.status = 'ACTIVE' AND a.effective_start_date <= now() "
                "AND (a.effective_end_date IS NULL OR a.effective_end_date > now())",
                to_string(tenant), to_string(owner))
              .empty();
}

}  // namespace

void create_tenant(const server_settings& settings, const std::string& code, const std::string& name,
                   std::string_view roles_json) {
  create_location like_a_shop;  // codes and names of companies follow the same rules
  like_a_shop.code = code;
  static_cast<new_location&>(like_a_shop).name = name;
  like_a_shop.timezone = "UTC";
  check(like_a_shop);
  desk d{settings};
  if (find_tenant(pqxx::nontransaction{d.db()}, code))
    throw std::runtime_error{"there is a tenant " + code + " already"};
  {
    pqxx::work tx{d.db()};
    register_own_permissions(tx);
    tx.commit();
  }
  auto ctx = desk::acting_in({uuid::generate()});
  effects out;
  tenant_row row{code, name};
  out.write(ctx.tenant, row);
  for (const auto& r : default_roles(roles_json, ctx.now))
    out.write(ctx.tenant, r);
  write_change(out, ctx, uuid::generate(),
               {audit_category::security, "tenant.created", "Tenant", ctx.tenant.value}, {}, row);
  d.commit(ctx, std::move(out), company_aggregate::name, ctx.tenant.value, 0);
}

void create_administrator(const server_settings& settings, const new_administrator& wanted) {
  check(wanted.person);
  provisioning login{{}, wanted.username, wanted.person.primary_email, {}, {}, wanted.password};
  check(login);
  auto weak = check_new_password(wanted.password,
                                 {wanted.username, wanted.tenant, settings.auth.passwords.min_score});
  if (!weak.empty())
    throw_refusal(validation_failed(std::move(weak)));
  desk d{settings};
  auto ctx = desk::acting_in(d.tenant_of(wanted.tenant));
  auto company = load_company_directory(*std::make_unique<pqxx::nontransaction>(d.db()), ctx.tenant);
  auto owner = owner_role(company->roles);
  if (!wanted.force && has_owner(d.db(), ctx.tenant, owner))
    throw std::runtime_error{
        "the company has an owner, who can make others (--force makes one all the same)"};
  generated_ids ids;
  facts known{company->locations,           company->roles,       ids, trusted_caller,
              default_offboarding_policy(), settings.auth.sign_in};
  person_state state;
  state.id = {uuid::generate()};
  effects out;
  run(state, wanted.person, ctx, known, out);
  provision_user provision;
  provision.username = wanted.username;
  provision.email = wanted.person.primary_email;
  provision.role_ids = {owner};
  provision.password_hash = hashed(settings.auth.passwords, wanted.password);
  run(state, provision, ctx, known, out);
  d.commit(ctx, std::move(out), person_aggregate::name, state.id.value, 0);
}

std::string create_service_for(const server_settings& settings, const std::string& tenant,
                               const new_service& wanted) {
  create_service command;
  static_cast<new_service&>(command) = wanted;
  check(command);
  auto secret = random_text(secret_letters);
  command.secret_hash = hashed(settings.auth.passwords, secret);
  desk d{settings};
  auto ctx = desk::acting_in(d.tenant_of(tenant));
  std::int64_t version = 0;
  company_state state;
  {
    pqxx::nontransaction tx{d.db()};
    version = find_record_version(tx, ctx.tenant, company_aggregate::name, ctx.tenant.value).record;
    state = load_company(tx, ctx.tenant);
  }
  location_directory no_places;
  role_catalog no_roles;
  generated_ids ids;
  facts known{no_places, no_roles, ids};
  effects out;
  run(state, command, ctx, known, out);
  d.commit(ctx, std::move(out), company_aggregate::name, ctx.tenant.value, version);
  return secret;
}

}  // namespace musterd
