#include "tests/http/time/stage.hpp"

#include "tests/support/process.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <stdlib.h>

using namespace musterd::testing;

namespace {

/// oidc-provider from npm, with its own keys behind discovery and a JWKS address.
class provider {
 public:
  provider() : folder_{made_folder()}, process_{program_in(folder_)} {
    if (!becomes_true(patience, [&] { return !port().empty(); }))
      throw std::runtime_error{"the provider does not listen: " + end_of_file(folder_ + "/log")};
    url_ = "http://127.0.0.1:" + port();
  }
  ~provider() { std::filesystem::remove_all(folder_); }

  const std::string& url() const { return url_; }
  std::string jwks() const {
    http_client http{url_, patience};
    return text_at(http.get("/.well-known/openid-configuration"), "/jwks_uri");
  }
  std::string token(const std::string& client, const std::string& audience = "musterd") const {
    http_client http{url_, patience};
    auto body = fmt::format("grant_type=client_credentials&resource=urn:{}&client_id={}&client_secret=test",
                            audience, client);
    return text_at(
        http.send("POST", "/token", {{{"Content-Type", "application/x-www-form-urlencoded"}}, body}),
        "/access_token");
  }
  std::string issuers_file() const {
    auto path = folder_ + "/issuers.json";
    std::ofstream{path} << fmt::format(
        R"({{"issuers":[{{"issuer":"{}","jwks":"{}","audiences":["musterd"],"algorithms":["RS256"],"tenant":"{}"}}]}})",
        url_, jwks(), demo_tenant);
    return path;
  }

 private:
  static constexpr auto demo_tenant = "01941f29-7c00-70f8-a46e-46305d6be9ac";

  static std::string made_folder() {
    auto path = (std::filesystem::temp_directory_path() / "musterd-oidc-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr)
      throw std::runtime_error{"no temporary folder"};
    return path;
  }
  static program program_in(const std::string& folder) {
    auto script = needed_environment("MUSTERD_SOURCE_DIR") + "/tests/http/sign_in/oidc_provider/server.js";
    return {{"node", script}, {}, folder + "/log"};
  }
  /// The only line of digits in its output.
  std::string port() const {
    std::ifstream log{folder_ + "/log"};
    for (std::string line; std::getline(log, line);)
      if (!line.empty() && line.find_first_not_of("0123456789") == line.npos)
        return line;
    return {};
  }

  std::string folder_;
  child_process process_;
  std::string url_;
};

}  // namespace

TEST_CASE("external issuer: a real OpenID Connect provider's tokens are taken for the users it names "
          "[G-AUTH-2 S90-R1 D-30]") {
  provider idp;
  company_server server{{{"MUSTERD_AUTH_EXTERNAL_ISSUERS_FILE", idp.issuers_file()},
                         {"MUSTERD_AUTH_EXTERNAL_HTTP_ON_LOOPBACK", "true"}}};
  pqxx::nontransaction{server.db()}.exec(
      "UPDATE security.app_user SET subject = 'known-there' WHERE username = 'demo.manager'");
  auto http = server.client();

  http.use_token(idp.token("known-there"));
  auto me = http.get("/api/security/me");
  CHECK(me.status == 200);
  CHECK(text_at(me, "/user/username") == "demo.manager");
  CHECK(http.get("/api/security/me").status == 200);  // from the cache now
  check_error(http.post("/internal/authz/decisions", "{}"), 403, "ACCESS_DENIED");

  SUBCASE("a subject nobody here has") {
    http.use_token(idp.token("unknown-here"));
    check_error(http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  }
  SUBCASE("a token for somebody else") {
    http.use_token(idp.token("known-there", "another-service"));
    check_error(http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  }
  SUBCASE("a token with another signature") {
    auto token = idp.token("known-there");
    auto& last = token[token.size() - 10];
    last = last == 'A' ? 'B' : 'A';
    http.use_token(token);
    check_error(http.get("/api/security/me"), 401, "UNAUTHENTICATED");
  }
  SUBCASE("a user who is disabled here") {
    pqxx::nontransaction{server.db()}.exec(
        "UPDATE security.app_user SET status = 'DISABLED' WHERE username = 'demo.manager'");
    server.restart();
    check_error(http.get("/api/security/me"), 403, "ACCOUNT_DISABLED");
  }
}

TEST_CASE("external issuer: without https the server does not start, unless http on loopback is allowed") {
  provider idp;
  company_server server;
  server.process().stop();
  server.process().set("MUSTERD_AUTH_EXTERNAL_ISSUERS_FILE", idp.issuers_file());
  server.process().start();
  CHECK(becomes_true(patience, [&] { return !server.process().running(); }));
  CHECK(end_of_file(server.process().log()).find("must be named by its https URL") != std::string::npos);
}
