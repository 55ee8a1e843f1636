#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <filesystem>

/// The role that the server has in its database, and what it says about that.
namespace musterd::testing {
namespace {

/// A server of its own, on a database that may not be migrated.
struct lone_server {
  std::string folder = std::filesystem::temp_directory_path() / "musterd-role-XXXXXX";
  std::unique_ptr<test_server> program;

  explicit lone_server(std::map<std::string, std::string> settings) {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    settings.emplace("MUSTERD_AMQP_URL", "");
    program = std::make_unique<test_server>(folder, std::move(settings));
  }
  ~lone_server() {
    program->stop();
    std::filesystem::remove_all(folder);
  }
  std::string log() const { return end_of_file(program->log(), 100'000); }
  /// What it says when it refuses to start.
  std::string refusal() {
    program->start();
    REQUIRE(becomes_true(patience, [&] { return !program->running(); }));
    return log();
  }
};

/// Roles of a test's own, and a database owned by one of them.
struct own_roles {
  std::string suffix = [] {
    auto id = to_string(uuid::generate());
    std::erase(id, '-');
    return id;
  }();
  std::string owner = "owner_" + suffix, server = "server_" + suffix, database = "test_" + suffix;

  explicit own_roles(const std::string& powers) {
    administer(fmt::format("CREATE ROLE {} LOGIN {}", owner, powers));
    administer(fmt::format("CREATE DATABASE {} OWNER {}", database, owner));
  }
  ~own_roles() {
    administer(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", database));
    administer(fmt::format("DROP ROLE IF EXISTS {}, {}", server, owner));
  }
  static std::string administer(const std::string& sql) {
    pqxx::connection db{needed_environment("MUSTERD_DATABASE_ADMIN_URL")};
    return text_of(db, sql);
  }
  /// The superuser's URL, with another user and database.
  std::string url_of(const std::string& user) const {
    auto url = needed_environment("MUSTERD_DATABASE_ADMIN_URL");
    return "postgresql://" + user + "@/" + database + url.substr(url.find('?'));
  }
  std::map<std::string, std::string> settings() const {
    return {{"MUSTERD_DATABASE_URL", url_of(server + ":swordfish")},
            {"MUSTERD_MIGRATION_DATABASE_URL", url_of(owner)}};
  }
};

}  // namespace

TEST_CASE("Database roles: a server under a role that may too much says so, or does not start") {
  scratch_database database;
  lone_server server{{{"MUSTERD_DATABASE_URL", database.owner_url()}}};
  CHECK(server.refusal().find("it owns the tables") != std::string::npos);
  server.program->set("MUSTERD_DATABASE_POWERFUL_ROLE", "warn");
  server.program->start();
  server.program->wait_until_ready(patience);
  CHECK(becomes_true(patience,
                     [&] { return server.log().find("\"event\":\"powerful_role\"") != std::string::npos; }));
}

TEST_CASE("Database roles: a server that owns nothing does not start before its database is prepared") {
  scratch_database database;
  lone_server server{
      {{"MUSTERD_DATABASE_URL", database.url()}, {"MUSTERD_MIGRATION_DATABASE_URL", database.owner_url()}}};
  CHECK(server.refusal().find("run `musterd migrate`") != std::string::npos);
  server.program->run("migrate");
  server.program->start();
  server.program->wait_until_ready(patience);
  CHECK(server.log().find("powerful_role") == std::string::npos);
}

TEST_CASE("Database roles: `migrate` makes the server's role where the owner may") {
  own_roles roles{"CREATEROLE"};
  lone_server server{roles.settings()};
  server.program->run("migrate");
  server.program->run("migrate");
  CHECK(roles.administer(
            "SELECT concat(rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, left(rolpassword, 14)) FROM "
            "pg_authid WHERE rolname = '" +
            roles.server + "'") == "ffffSCRAM-SHA-256$");
  server.program->start();
  server.program->wait_until_ready(patience);
}

TEST_CASE("Database roles: an owner who may not make roles is told what is to be done") {
  own_roles roles{""};
  lone_server server{roles.settings()};
  CHECK_THROWS_WITH(server.program->run("migrate"), doctest::Contains("CREATE ROLE \"server_"));
  roles.administer(fmt::format("CREATE ROLE {} LOGIN", roles.server));
  server.program->run("migrate");
  server.program->start();
  server.program->wait_until_ready(patience);
}

TEST_CASE("Database roles: two URLs that name two databases are refused") {
  scratch_database one, other;
  lone_server server{
      {{"MUSTERD_DATABASE_URL", one.url()}, {"MUSTERD_MIGRATION_DATABASE_URL", other.owner_url()}}};
  CHECK_THROWS_WITH(server.program->run("migrate"), doctest::Contains(one.name().c_str()));
}

TEST_CASE("Database roles: who holds the server's ends its sessions, but erases nothing, and the trail stays "
          "whole") {
  company_server server;
  auto auditor = server.signed_in("demo.auditor");
  auto ann = server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  pqxx::connection attacker{server.database().url()};
  CHECK(number_of(attacker, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                            "current_database() AND usename = current_user AND pid <> pg_backend_pid()") > 0);
  for (const auto* sql : {"DELETE FROM audit.entry WHERE event_type = 'CLOCKED_IN'",
                          "ALTER TABLE audit.entry DISABLE TRIGGER USER", "TRUNCATE audit.entry"})
    CHECK_THROWS_AS(pqxx::nontransaction{attacker}.exec(sql), pqxx::insufficient_privilege);
  CHECK(becomes_true(patience, [&] { return ann->clock_out().status < 300; }));
  CHECK(text_at(auditor->http.get("/api/audit/verification"), "/valid") == "true");
}

}  // namespace musterd::testing
