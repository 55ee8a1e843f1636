#include "persistence/schema/server_role.hpp"

#include "common/observation/log.hpp"
#include "persistence/schema/migrations.hpp"
#include "persistence/schema/role_privileges.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace musterd {
namespace {

constexpr std::string_view read = "SELECT", append = "SELECT, INSERT", change = "SELECT, INSERT, UPDATE",
                           all_rows = "SELECT, INSERT, UPDATE, DELETE", nothing;

/// Row locks need UPDATE, which is why it is granted on the outbox.
constexpr table_privileges tables[]{
    {"audit.chain", append},
    {"audit.chain_link", append},
    {"audit.chain_tail", all_rows},
    {"audit.entry", append},
    {"audit.export_job", change},
    {"audit.personal_value", append},
    {"audit.recorded_event", append},
    {"cluster.lease", "SELECT, UPDATE"},
    {"journal.idempotency_key", append},
    {"journal.company_version", "SELECT, UPDATE"},
    {"journal.person_version", "SELECT, UPDATE"},
    {"journal.record_version", change},
    {"messaging.alert", "INSERT"},
    {"messaging.dead_letter", change},
    {"messaging.dead_letter_action", append},
    {"messaging.dead_letter_replay", change},
    {"messaging.dead_letter_replay_item", change},
    {"messaging.dead_letter_sweep", "SELECT, INSERT, DELETE"},
    {"messaging.inbox", append},
    {"messaging.outbox", all_rows},
    {"messaging.outbox_held", all_rows},
    {"messaging.outbox_returned", "SELECT, INSERT, DELETE"},
    {"messaging.parked_message", all_rows},
    {"messaging.sealed_consumer", append},
    {"migration.applied", read},
    {"people.break_record", change},
    {"people.clock_session", change},
    {"people.company_change", change},
    {"people.erasure_due", "SELECT, UPDATE"},
    {"people.location", change},
    {"people.location_assignment", change},
    {"people.offboarding_case", change},
    {"people.offboarding_command", change},
    {"people.offboarding_history", append},
    {"people.offboarding_trace", append},
    {"people.on_the_clock", all_rows},
    {"people.person", change},
    {"people.person_erasure", append},
    {"people.role_assignment", change},
    {"people.tenant", read},
    {"people.timecard", change},
    {"people.user_person_link", change},
    {"security.admin_departure", "INSERT"},
    {"security.app_user", change},
    {"security.own_permission", nothing},
    {"security.permission", change},
    {"security.refresh_token_family", change},
    {"security.role", change},
    {"security.second_factor", change},
    {"security.service_client", change},
    {"security.service_secret", change},
    {"security.session_origin", append},
    {"security.signing_key", change},
    {"security.user_credential", change},
    {"workexec.job_timer", change},
};

constexpr std::string_view functions[]{
    "audit.digest_of",
    "audit.make_coming_partitions",
    "journal.expect_rows",
    "messaging.bury_command",
    "messaging.refuse_action",
    "messaging.release_key",
    "messaging.release_outbox_key",
    "messaging.text_of",
    "people.erasure_obstacles",
    "retention.admin_departures",
    "retention.alerts",
    "retention.dead_letters",
    "retention.erase_rest",
    "retention.exports",
    "retention.idempotency_keys",
    "retention.inbox",
    "retention.job_timers",
    "retention.later",
    "retention.offboarding_cases",
    "retention.origins",
    "retention.replay_items",
    "retention.replays",
    "retention.sign_ins",
    "retention.signing_keys",
    "retention.timecards",
    "security.holders_everywhere",
    "security.holders_of_all",
    "security.register_own_permissions",
};

constexpr std::string_view schemas =
    "audit, cluster, journal, messaging, migration, people, retention, security, workexec";

/// Any constant that nobody else locks: concurrent GRANTs on one table conflict.
constexpr auto one_at_a_time = "SELECT pg_advisory_xact_lock(hashtextextended('musterd privileges', 0))";

constexpr std::string_view duplicate_object = "42710";

constexpr auto owned_or_empty = R"(
SELECT coalesce((SELECT pg_has_role(nspowner, 'MEMBER') FROM pg_namespace WHERE nspname = 'migration'),
                has_database_privilege(current_database(), 'CREATE')))";

constexpr auto powers = R"(
SELECT p.what FROM pg_roles r CROSS JOIN LATERAL (VALUES
  (r.rolsuper, 'is a superuser'),
  (r.rolcreaterole, 'may create roles'),
  (r.rolcreatedb, 'may create databases'),
  (r.rolreplication, 'may replicate'),
  (EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'audit' AND pg_has_role(r.oid, n.nspowner, 'MEMBER')),
    'owns the tables'),
  (has_database_privilege(r.oid, current_database(), 'CREATE')
    OR EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = 'public' AND has_schema_privilege(r.oid, n.oid, 'CREATE')),
    'may create tables'),
  (has_table_privilege(r.oid, 'audit.entry', 'UPDATE, DELETE, TRUNCATE'), 'may change the audit trail'),
  (EXISTS (SELECT FROM pg_roles g WHERE pg_has_role(r.oid, g.oid, 'MEMBER') AND g.rolname IN ('pg_signal_backend',
      'pg_write_all_data', 'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files')),
    'is a member of a role that may signal sessions, write all tables, read files or run programs')
  ) p (is_so, what) WHERE r.rolname = current_user AND p.is_so)";

/// Statements may be logged, so the password itself is not sent.
std::string password_verifier(const std::string& any_url, const database_login& login) {
  std::unique_ptr<PGconn, decltype(&PQfinish)> db{PQconnectdb(with_time_limits(any_url).c_str()), &PQfinish};
  std::unique_ptr<char, decltype(&PQfreemem)> verifier{
      PQencryptPasswordConn(db.get(), login.password.c_str(), login.user.c_str(), "scram-sha-256"),
      &PQfreemem};
  if (!verifier)
    throw std::runtime_error{"the password of the server's role cannot be hashed"};
  return verifier.get();
}

void make_role(pqxx::connection& owner, const std::string& owner_url, const database_login& server) {
  pqxx::nontransaction tx{owner};
  if (!run_query(tx, "SELECT FROM pg_roles WHERE rolname = $1", {server.user}).empty())
    return;
  auto sql = fmt::format("CREATE ROLE {} LOGIN", tx.quote_name(server.user));
  try {
    auto password = server.password.empty() ? std::string{}
                                            : " PASSWORD " + tx.quote(password_verifier(owner_url, server));
    tx.exec(sql + password);
  } catch (const pqxx::insufficient_privilege&) {
    throw std::runtime_error{
        fmt::format("there is no role {}, and {} may not make it; let an administrator of "
                    "the database do so: {} PASSWORD '…'",
                    server.user, owner.username(), sql)};
  } catch (const pqxx::unique_violation&) {  // somebody else created it just now
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate() != duplicate_object)
      throw;
  }
}

std::string_view wanted_of_server(const database_object& object) {
  if (object.kind == "TABLE") {
    auto line = std::ranges::find(tables, object.name, &table_privileges::table);
    return line == std::end(tables) ? nothing : line->privileges;
  }
  if (object.kind == "ROUTINE")
    return std::ranges::find(functions, object.name) == std::end(functions) ? nothing : "EXECUTE";
  return object.kind == "SCHEMA" ? "USAGE" : object.kind == "DATABASE" ? "CONNECT" : nothing;
}

/// In one transaction, so that a running server never lacks a privilege it needs.
std::vector<std::string> let_in(pqxx::connection& owner, const std::string& role) {
  pqxx::work tx{owner};
  tx.exec(one_at_a_time);
  auto left = settle_privileges(tx, role, schemas, wanted_of_server);
  tx.commit();
  for (const auto& sql : left)
    log::warn({"database", "privileges_not_settled"}, "let the owner of the database do so: {}", sql);
  return left;
}

}  // namespace

std::span<const table_privileges> server_tables() {
  return tables;
}

std::span<const std::string_view> server_functions() {
  return functions;
}

prepared_database prepare_database(const std::string& owner_url, const std::string& server_url) {
  auto owner = open_connection(owner_url);
  auto server = login_of(server_url);
  if (server.user.empty() && server_url != owner_url)
    throw std::runtime_error{"the server's URL names no role (MUSTERD_DATABASE_URL)"};
  auto is_owner = server_url == owner_url || server.user == owner->username();
  if (!is_owner && !server.database.empty() && server.database != owner->dbname())
    throw std::runtime_error{fmt::format("the server's URL names the database {}, that of the owner {}",
                                         server.database, owner->dbname())};
  auto applied = migrate(*owner);
  if (is_owner)
    return {applied, {}};
  make_role(*owner, owner_url, server);
  return {applied, let_in(*owner, server.user)};
}

bool may_migrate(pqxx::connection& db) {
  return pqxx::nontransaction{db}.exec(owned_or_empty)[0][0].as<bool>();
}

std::vector<std::string> excess_powers(pqxx::connection& db) {
  std::vector<std::string> result;
  for (const auto& row : pqxx::nontransaction{db}.exec(powers))
    result.emplace_back(row[0].c_str());
  return result;
}

}  // namespace musterd
