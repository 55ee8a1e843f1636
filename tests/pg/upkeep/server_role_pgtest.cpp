#include "persistence/schema/server_role.hpp"

#include "persistence/schema/migrations.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

/// What the server's role may do, and nothing more.
namespace musterd::testing {
namespace {

constexpr std::string_view our_schemas = "('audit', 'cluster', 'journal', 'messaging', 'migration', "
                                         "'people', 'retention', 'security', 'workexec')";

constexpr auto not_permitted = "42501";

/// "audit.entry" → "SELECT, INSERT", for every table, sequence and view; grants to PUBLIC and on single
/// columns count.
std::map<std::string, std::string> privileges_found(pqxx::connection& owner, const std::string& role) {
  std::map<std::string, std::string> result;
  for (const auto& row : pqxx::nontransaction{owner}.exec(fmt::format(
           R"(SELECT n.nspname || '.' || c.relname, coalesce((
                SELECT string_agg(p, ', ' ORDER BY nth) FROM unnest(CASE c.relkind WHEN 'S' THEN ARRAY['USAGE', 'SELECT', 'UPDATE']
                  ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] END)
                  WITH ORDINALITY AS a (p, nth)
                WHERE CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('{0}', c.oid, p)
                  WHEN p IN ('DELETE', 'TRUNCATE', 'TRIGGER') THEN has_table_privilege('{0}', c.oid, p)
                  ELSE has_any_column_privilege('{0}', c.oid, p) END), '')
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname IN {1} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))",
           role, our_schemas)))
    result[row[0].c_str()] = row[1].c_str();
  return result;
}

bool is_month_or_rest_of_the_trail(std::string_view table) {
  return table.starts_with("audit.entry_");
}

struct at_the_server : migrated_database {
  pqxx::connection server{url()};
  std::string role = server.username();

  /// "ok", or the SQL state of the refusal.
  std::string attempt(const std::string& sql) {
    try {
      pqxx::nontransaction{server}.exec(sql);
      return "ok";
    } catch (const pqxx::insufficient_privilege&) {  // libpqxx 6 has no state for it
      return not_permitted;
    } catch (const pqxx::sql_error& e) {
      return e.sqlstate();
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(at_the_server,
                  "server's role: every table says what the server may do with it, and so it is") {
  std::map<std::string, std::string> said;
  for (const auto& [table, privileges] : server_tables())
    said[std::string{table}] = privileges;
  for (const auto& [table, privileges] : privileges_found(db(), role)) {
    CAPTURE(table);
    auto line = said.extract(table);
    if (is_month_or_rest_of_the_trail(table) || table.ends_with("_seq"))
      CHECK(privileges == "");
    else if (line.empty())
      FAIL_CHECK("persistence/schema/server_role.cpp does not say what the server may do with it");
    else
      CHECK(privileges == line.mapped());
  }
  CHECK_MESSAGE(said.empty(), said.begin()->first, " is no table any more");
}

TEST_CASE_FIXTURE(at_the_server,
                  "server's role: it executes the functions it needs, and those of the owner that "
                  "act for it look nowhere but where they say") {
  std::set<std::string> said, found;
  for (auto name : server_functions())
    said.emplace(name);
  for (const auto& row : pqxx::nontransaction{db()}.exec(
           fmt::format("SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = "
                       "p.pronamespace "
                       "WHERE n.nspname IN {} AND has_function_privilege('{}', p.oid, 'EXECUTE')",
                       our_schemas, role)))
    found.emplace(row[0].c_str());
  CHECK(found == said);
  CHECK(text_of(db(),
                fmt::format("SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p JOIN "
                            "pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN {} AND prosecdef "
                            "AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp']",
                            our_schemas)) == "");
}

TEST_CASE_FIXTURE(at_the_server, "server's role: a trail that is only added to, and no way round it") {
  for (std::string sql : {"UPDATE audit.entry SET reason_code = 'X'",
                          "DELETE FROM audit.entry",
                          "TRUNCATE audit.entry",
                          "DELETE FROM audit.entry_other",
                          "SELECT FROM audit.entry_other",
                          "DELETE FROM audit.chain",
                          "UPDATE audit.chain SET mac = ''",
                          "DELETE FROM audit.chain_link",
                          "DELETE FROM audit.recorded_event",
                          "DELETE FROM audit.export_job",
                          "DELETE FROM people.offboarding_history",
                          "UPDATE people.offboarding_history SET what = 'X'",
                          "DELETE FROM messaging.alert",
                          "UPDATE messaging.alert SET message = ''",
                          "DELETE FROM messaging.dead_letter_action",
                          "UPDATE messaging.dead_letter_action SET reason = ''",
                          "DELETE FROM journal.idempotency_key",
                          "DELETE FROM messaging.inbox",
                          "DELETE FROM security.refresh_token_family",
                          "ALTER TABLE audit.entry DISABLE TRIGGER USER",
                          "ALTER TABLE audit.entry DROP COLUMN entry_hash",
                          "ALTER TABLE audit.entry DETACH PARTITION audit.entry_other",
                          "DROP TRIGGER append_only ON audit.entry",
                          "DROP TABLE audit.entry",
                          "DROP SCHEMA audit CASCADE",
                          "ALTER TABLE audit.chain OWNER TO CURRENT_USER",
                          "CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql "
                          "AS 'BEGIN RETURN NEW; END'",
                          "DROP FUNCTION audit.refuse_change() CASCADE",
                          "SET session_replication_role = replica",
                          "SELECT audit.make_partitions('2031-01-01', 1)",
                          "SELECT retention.forget_oldest('audit.entry', 'occurred_at', 24, 1000)"}) {
    CAPTURE(sql);
    CHECK(attempt(sql) == not_permitted);
  }
}

TEST_CASE_FIXTURE(at_the_server, "server's role: what is kept for a while does not go within a day") {
  constexpr auto restrict_violation = "23001";
  CHECK(attempt("SELECT retention.alerts(23, 10)") == restrict_violation);
  CHECK(attempt("SELECT retention.offboarding_cases(-1, 10)") == restrict_violation);
  CHECK(attempt("SELECT retention.alerts(24, 10)") == "ok");
}

TEST_CASE_FIXTURE(at_the_server,
                  "server's role: nothing is made, nobody let in, nothing read or run beside the database") {
  prepare_database(database().owner_url(),
                   url());  // privileges on a database are not copied with it
  for (std::string sql : {"CREATE TABLE people.mine (x int)",
                          "CREATE TABLE public.mine (x int)",
                          "CREATE TEMP TABLE mine (x int)",
                          "CREATE SCHEMA mine",
                          "CREATE ROLE somebody",
                          "CREATE DATABASE mine",
                          "CREATE EXTENSION dblink",
                          "CREATE FUNCTION people.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                          "TRUNCATE people.person",
                          "INSERT INTO people.tenant SELECT * FROM people.tenant",
                          "UPDATE people.tenant SET name = ''",
                          "INSERT INTO migration.applied SELECT * FROM migration.applied",
                          "DELETE FROM security.own_permission",
                          "ALTER ROLE CURRENT_USER CREATEROLE",
                          "SET ROLE musterd",
                          "COPY people.person TO PROGRAM 'true'",
                          "COPY people.person FROM '/etc/passwd'",
                          "SELECT lo_import('/etc/passwd')",
                          "SELECT pg_read_file('/etc/passwd')",
                          "ALTER SYSTEM SET fsync = off",
                          "SELECT pg_reload_conf()",
                          "SET log_statement = 'none'",
                          "REINDEX TABLE people.person"}) {
    CAPTURE(sql);
    CHECK(attempt(sql) == not_permitted);
  }
  // Only a warning, as the role may read the table itself.
  attempt("GRANT SELECT ON people.person TO pg_monitor");
  CHECK(privileges_found(db(), "pg_monitor").at("people.person") == "");
}

TEST_CASE_FIXTURE(at_the_server, "server's role: it ends no sessions but those of its own") {
  auto pid = text_of(db(), "SELECT pg_backend_pid()");
  CHECK(attempt("SELECT pg_terminate_backend(" + pid + ")") == not_permitted);
  CHECK(attempt("SELECT pg_cancel_backend(" + pid + ")") == not_permitted);
  CHECK(text_of(db(), "SELECT 1") == "1");
  pqxx::connection another{url()};
  CHECK(attempt("SELECT pg_terminate_backend(" + text_of(another, "SELECT pg_backend_pid()") + ")") == "ok");
}

TEST_CASE_FIXTURE(at_the_server, "server's role: it has no excess, its owner and a superuser do") {
  CHECK(excess_powers(server).empty());
  CHECK_FALSE(may_migrate(server));
  CHECK(may_migrate(db()));
  auto of_owner = excess_powers(db());
  CHECK(std::ranges::find(of_owner, "owns the tables") != of_owner.end());
  pqxx::nontransaction{db()}.exec("GRANT DELETE ON audit.entry TO " + role);
  CHECK(excess_powers(server) == std::vector<std::string>{"may change the audit trail"});
  prepare_database(database().owner_url(), url());
  CHECK(excess_powers(server).empty());
}

TEST_CASE_FIXTURE(at_the_server,
                  "server's role: what it has already is not given once more, what is too much goes") {
  auto versions = [&] {
    return text_of(db(), "SELECT string_agg(v::text, ' ' ORDER BY o, v::text) FROM ("
                         "SELECT oid AS o, xmin AS v FROM pg_class UNION ALL SELECT oid, xmin FROM pg_proc "
                         "UNION ALL SELECT oid, xmin FROM pg_namespace UNION ALL SELECT oid, xmin FROM "
                         "pg_database WHERE datname = current_database()) versions");
  };
  auto prepare = [&] { return prepare_database(database().owner_url(), url()).left; };
  CHECK(prepare().empty());
  auto before = versions();
  CHECK(prepare().empty());
  CHECK(versions() == before);
  auto said = privileges_found(db(), role);
  pqxx::nontransaction{db()}.exec(fmt::format(
      "GRANT DELETE ON audit.chain TO {0}; GRANT SELECT (permission_key) ON security.own_permission TO "
      "PUBLIC; REVOKE "
      "INSERT ON audit.entry FROM {0}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA retention TO PUBLIC",
      role));
  CHECK(privileges_found(db(), role) != said);
  CHECK(prepare().empty());
  CHECK(privileges_found(db(), role) == said);
  CHECK(number_of(db(), "SELECT count(*) FROM pg_proc p, aclexplode(p.proacl) a WHERE pronamespace = "
                        "'retention'::regnamespace AND a.grantee = 0") == 0);
}

TEST_CASE_FIXTURE(at_the_server, "server's role: what only the owner of the database may take away is said") {
  prepare_database(database().owner_url(), url());
  pqxx::connection admin{needed_environment("MUSTERD_DATABASE_ADMIN_URL")};
  auto name = text_of(db(), "SELECT current_database()");
  pqxx::nontransaction{admin}.exec(fmt::format("ALTER DATABASE {0} OWNER TO CURRENT_USER; GRANT TEMPORARY ON "
                                               "DATABASE {0} TO PUBLIC; GRANT CREATE ON DATABASE {0} TO {1}",
                                               name, db().username()));
  CHECK(prepare_database(database().owner_url(), url()).left ==
        std::vector<std::string>{fmt::format("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", name)});
  pqxx::nontransaction{admin}.exec(fmt::format("ALTER DATABASE {} OWNER TO {}", name, db().username()));
}

TEST_CASE_FIXTURE(at_the_server, "server's role: the months of the trail go on being made by it") {
  auto month = text_of(db(), "SELECT to_char(now() AT TIME ZONE 'UTC' + interval '2 months', 'YYYY_MM')");
  pqxx::nontransaction{db()}.exec("DROP TABLE audit.entry_" + month);
  CHECK(number_of(server, "SELECT audit.make_coming_partitions()") == 1);
  CHECK(number_of(server, "SELECT audit.make_coming_partitions()") == 0);
}

TEST_CASE("server's role: a database that is not prepared, or is behind, is said to be so") {
  scratch_database database;
  pqxx::connection owner{database.owner_url()}, server{database.url()};
  CHECK_FALSE(may_migrate(server));
  CHECK_THROWS_WITH(expect_migrated(server), doctest::Contains("not prepared for the role"));
  migrate(owner, embedded_migrations().first(3));
  CHECK_THROWS_WITH(expect_migrated(server), doctest::Contains("not prepared for the role"));
  pqxx::nontransaction{owner}.exec(fmt::format(
      "GRANT USAGE ON SCHEMA migration TO {0}; GRANT SELECT ON migration.applied TO {0}", server.username()));
  CHECK_THROWS_WITH(expect_migrated(server), doctest::Contains("from location_assignments on"));
  CHECK(prepare_database(database.owner_url(), database.url()).migrations ==
        static_cast<int>(embedded_migrations().size()) - 3);
  CHECK_NOTHROW(expect_migrated(server));
}

}  // namespace musterd::testing
