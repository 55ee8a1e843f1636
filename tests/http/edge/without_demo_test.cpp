#include "tests/http/time/desk.hpp"

#include <filesystem>

/// README, "Without the demo".
namespace musterd::testing {
namespace {

/// A server on an empty database, running while an operator enters what it is to serve.
struct bare_server {
  std::string folder = std::filesystem::temp_directory_path() / "musterd-bare-XXXXXX";
  scratch_database database;
  std::unique_ptr<test_server> program;

  bare_server() {
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    program = std::make_unique<test_server>(
        folder, std::map<std::string, std::string>{{"MUSTERD_DATABASE_URL", database.url()},
                                                   {"MUSTERD_MIGRATION_DATABASE_URL", database.owner_url()},
                                                   {"MUSTERD_AMQP_URL", ""},
                                                   {"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "64"},
                                                   {"MUSTERD_AUTH_PASSWORD_PASSES", "1"}});
    program->run("migrate");
    program->start();
    program->wait_until_ready(patience);
  }
  ~bare_server() {
    program->stop();
    std::filesystem::remove_all(folder);
  }

  /// On the same database, with keys of its own.
  test_server elsewhere() const {
    std::filesystem::create_directory(folder + "/elsewhere");
    return {folder + "/elsewhere",
            {{"MUSTERD_DATABASE_URL", database.url()},
             {"MUSTERD_MIGRATION_DATABASE_URL", database.owner_url()},
             {"MUSTERD_AMQP_URL", ""}}};
  }

  std::unique_ptr<http_client> signed_in(const boost::json::object& how) const {
    auto http = std::make_unique<http_client>(program->url(), patience);
    auto answer = http->post("/api/security/auth/token", json(how));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    http->use_token(text_at(answer, "/accessToken"));
    return http;
  }
};

}  // namespace

TEST_CASE("Security: a company, its first administrator and a service need no demo") {
  bare_server at;
  auto& program = *at.program;
  program.run("tenant create --code acme --name Acme");
  CHECK_THROWS(program.run("tenant create --code acme --name Acme"));
  const std::string make_ada =
      "admin create --tenant acme --username ada --email ada@acme.example --generate";
  auto password = seeded_password(program.run(make_ada), "ada");
  auto ada = at.signed_in({{"username", "ada"}, {"password", password}, {"tenant", "acme"}});
  // One administrator is enough, unless forced.
  const std::string make_bob = "admin create --tenant acme --username bob --generate";
  CHECK_THROWS(program.run(make_bob));
  program.run(make_bob + " --force");
  // One who is disabled, or whose role has not begun, does not count.
  const std::string make_dan = "admin create --tenant acme --username dan --generate";
  pqxx::connection owner{at.database.owner_url()};
  auto as_if = [&](const std::string& sql) { pqxx::nontransaction{owner}.exec(sql); };
  as_if("UPDATE people.role_assignment SET effective_start_date = now() + interval '1 day'");
  program.run(make_dan);
  as_if("UPDATE people.role_assignment SET effective_start_date = created_at; UPDATE security.app_user SET "
        "status "
        "= 'DISABLED'");
  program.run("admin create --tenant acme --username dora --generate");
  as_if("UPDATE security.app_user SET status = 'ACTIVE'");
  CHECK_THROWS(program.run(make_ada + " --force"));  // the name is taken
  CHECK_THROWS(program.run("admin create --tenant nowhere --username ada --generate"));
  // Signed with a key that is not the server's, the trail would be invalid for ever.
  const std::string make_eve = "admin create --tenant acme --username eve --generate --force";
  CHECK_THROWS(at.elsewhere().run(make_eve));
  program.run(make_eve);

  auto person = ada->post("/api/people/persons", json({{"firstName", "Cy"}, {"lastName", "Coe"}}));
  REQUIRE_MESSAGE(person.status == 201, person.body);
  auto user = ada->post("/api/security/users/provision",
                        json({{"personId", text_at(person, "/personId")}, {"username", "cy"}}));
  CHECK_MESSAGE(user.status == 201, user.body);

  const std::string let_in =
      "service create --tenant acme --name acme.pos --scope security:authorization:decide";
  auto secret = seeded_password(program.run(let_in), "acme.pos");
  CHECK_THROWS(program.run(let_in));
  CHECK_THROWS(program.run("service create --tenant acme --name other --scope people:user:disable"));
  auto pos = at.signed_in({{"grantType", "client_credentials"},
                           {"clientId", "acme.pos"},
                           {"clientSecret", secret},
                           {"tenant", "acme"}});
  CHECK(pos->post("/internal/authz/decisions", json(question(text_at(user, "/userId"), "people:person:view")))
            .status == 200);
  // The company's actor picks up what was entered without it: at most one request is told to retry.
  auto services = ada->get("/api/security/services");
  CHECK(text_at(services, "/items/0/name") == "acme.pos");

  pqxx::connection db{at.database.owner_url()};
  for (const auto* type : {"tenant.created", "USER_PROVISIONED", "RoleAssignmentCreated", "service.created"})
    CHECK_MESSAGE(
        number_of(db, std::string{"SELECT count(*) FROM audit.entry WHERE actor_type = 'SYSTEM' AND "
                                  "event_type = '"} +
                          type + "'") >= 1,
        type);
  CHECK(program.run("audit verify --tenant acme").find("\"valid\":true") != std::string::npos);
}

TEST_CASE("Security: a service that an operator lets in beside the running server can be revoked at once") {
  bare_server at;
  at.program->run("tenant create --code acme --name Acme");
  auto password = seeded_password(
      at.program->run("admin create --tenant acme --username ada --email ada@acme.example --generate"),
      "ada");
  auto ada = at.signed_in({{"username", "ada"}, {"password", password}, {"tenant", "acme"}});
  const std::string services = "/api/security/services";
  // The company's actor is awake from now on.
  auto first =
      ada->post(services, json({{"name", "acme.pos"}, {"scopes", {"security:authorization:decide"}}}));
  REQUIRE_MESSAGE(first.status == 201, first.body);
  at.program->run("service create --tenant acme --name acme.leaked --scope security:authorization:decide");
  pqxx::connection db{at.database.owner_url()};
  auto id = text_of(db, "SELECT client_id FROM security.service_client WHERE name = 'acme.leaked'");
  CHECK(ada->send("DELETE", services + '/' + id, {}).status == 204);
  CHECK(
      number_of(
          db,
          "SELECT count(*) FROM security.service_client WHERE name = 'acme.leaked' AND revoked_at IS NULL") ==
      0);
}

}  // namespace musterd::testing
