#include "tests/http/time/stage.hpp"

#include "common/text/uuid.hpp"
#include "tests/http/contract.hpp"
#include "tests/support/answer_watcher.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdlib.h>

namespace musterd::testing {
namespace {

constexpr auto rival = R"(
INSERT INTO people.tenant (tenant_id, code, name) VALUES ('{0}', 'rival', 'Rival Repairs');
INSERT INTO people.location SELECT '{0}', '{1}', 'RIV', 'Rival Repairs Boston', 'America/New_York', status, created_at,
  updated_at, 1 FROM people.location WHERE code = 'NYC';
INSERT INTO security.role SELECT '{0}', role_id, role_name, description, allowed_scopes, permission_keys,
  created_at, updated_at, 1 FROM security.role;
INSERT INTO people.person SELECT '{0}', '{2}', 'Rita', 'Rival', NULL, 'ACTIVE', now(), NULL, now(), now(), 1;
INSERT INTO security.app_user SELECT '{0}', '{3}', '{2}', 'rival.owner', NULL, NULL, 'ACTIVE', now(), NULL, now(), now(), 1;
INSERT INTO security.user_credential SELECT '{0}', '{3}', password_hash, now(), 1 FROM security.user_credential
  JOIN security.app_user USING (tenant_id, user_id) WHERE username = 'demo.mechanic';
INSERT INTO people.role_assignment SELECT '{0}', '{4}', '{3}', role_id, 'GLOBAL', NULL, now() - interval '1 day', NULL,
  now(), now(), '{3}', NULL, 1 FROM security.role WHERE tenant_id = '{0}' AND role_name = 'OWNER';
)";

/// Cheap hashes: these passwords protect nothing.
const std::map<std::string, std::string> cheap_hashes{{"MUSTERD_AUTH_PASSWORD_MEMORY_KIB", "64"},
                                                      {"MUSTERD_AUTH_PASSWORD_PASSES", "1"}};

std::map<std::string, std::string> with_cheap_hashes(std::map<std::string, std::string> settings) {
  settings.insert(cheap_hashes.begin(), cheap_hashes.end());
  return settings;
}

/// Migrated and seeded once; each server's own database is a copy.
struct company_template {
  scratch_database database;
  std::string logins;
  api_contract contract;

  company_template()
      : contract{boost::json::parse(test_server{"/nonexistent", {}}.run("openapi")).as_object()} {
    test_server program{"/nonexistent",
                        with_cheap_hashes({{"MUSTERD_DATABASE_URL", database.url()},
                                           {"MUSTERD_MIGRATION_DATABASE_URL", database.owner_url()},
                                           {"MUSTERD_AMQP_URL", ""}})};
    program.run("migrate");
    logins = program.run("seed");
    pqxx::connection db{database.owner_url()};
    auto id = [] { return to_string(uuid::generate()); };
    pqxx::nontransaction{db}.exec(fmt::format(rival, rival_tenant, rival_shop, id(), id(), id()));
    watch_answers([this](const auto& method, const auto& path, const auto& message, const auto& answer) {
      auto broken = contract.broken_by(method, path, message, answer);
      CHECK_MESSAGE(broken.empty(), broken);
    });
  }
};

company_template& demo() {
  static company_template only;
  return only;
}

std::string new_folder() {
  auto path = (std::filesystem::temp_directory_path() / "musterd-http-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr)
    throw std::runtime_error{"no temporary folder"};
  return path;
}

std::map<std::string, std::string> completed(std::map<std::string, std::string> settings,
                                             const scratch_database& database) {
  settings.emplace("MUSTERD_AMQP_URL", "");
  // Tests share signed-in people, and together may take longer than a token lives.
  settings.emplace("MUSTERD_AUTH_ACCESS_TOKEN_SECONDS", std::to_string(access_token_seconds));
  settings["MUSTERD_DATABASE_URL"] = database.url();
  settings["MUSTERD_MIGRATION_DATABASE_URL"] = database.owner_url();
  return with_cheap_hashes(std::move(settings));
}

std::unique_ptr<visitor> make_visitor(company_server& at, const std::string& username,
                                      const std::string& password, const std::string& tenant) {
  auto answer = at.sign_in(username, password, tenant);
  if (answer.status != 200)
    throw std::runtime_error{fmt::format("{} cannot sign in: {} {}", username, answer.status, answer.body)};
  auto body = json_of(answer);
  std::unique_ptr<visitor> result{new visitor{{},
                                              {},
                                              username,
                                              {text_at(body, "/accessToken"), text_at(body, "/refreshToken")},
                                              http_client{at.url(), patience}}};
  result->http.use_token(result->tokens.access);
  auto me = json_of(result->http.get("/api/security/me"));
  result->person_id = text_at(me, "/person/personId");
  result->user_id = text_at(me, "/user/userId");
  return result;
}

}  // namespace

company_server::company_server(std::map<std::string, std::string> settings)
    : folder_{new_folder()}, database_{demo().database.name()},
      server_{folder_, completed(std::move(settings), database_)},
      db_{std::make_unique<pqxx::connection>(database_.owner_url())} {
  server_.start();
  server_.wait_until_ready(patience);
}

company_server::~company_server() {
  server_.stop();
  std::filesystem::remove_all(folder_);
}

void company_server::restart() {
  server_.stop();
  server_.start();
  server_.wait_until_ready(patience);
}

std::string company_server::password_of(const std::string& username) const {
  return seeded_password(demo().logins, username);
}

http_answer company_server::sign_in(const std::string& username, const std::string& password,
                                    const std::string& tenant) {
  boost::json::object body{{"username", username}, {"password", password}, {"tenant", tenant}};
  return client().post("/api/security/auth/token", boost::json::serialize(body));
}

std::unique_ptr<visitor> company_server::new_mechanic() {
  auto one = add_mechanics(*db_, 1).front();
  return make_visitor(*this, one.username, password_of("demo.mechanic"), "demo");
}

std::unique_ptr<visitor> company_server::signed_in(const std::string& username) {
  auto foreign = username.starts_with("rival.");
  return make_visitor(*this, username, password_of(foreign ? "demo.mechanic" : username),
                      foreign ? "rival" : "demo");
}

std::unique_ptr<visitor> company_server::signed_in(const std::string& username, const std::string& password) {
  return make_visitor(*this, username, password, "demo");
}

company_server& shared_server() {
  demo();  // made first, so that it is destroyed last
  static company_server only{{{"MUSTERD_AMQP_URL", needed_environment("MUSTERD_AMQP_URL")}}};
  return only;
}

}  // namespace musterd::testing
