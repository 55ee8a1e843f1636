#include "tests/http/sign_in/forged_token.hpp"
#include "tests/http/time/desk.hpp"

#include <set>

namespace musterd::testing {
namespace {

constexpr auto issuer = "https://people.example/base";
constexpr auto discovery = "/.well-known/openid-configuration";

/// The path of a URL in the document, as behind a proxy that strips `issuer`.
std::string path_of(const boost::json::value& document, const std::string& member) {
  auto url = text_at(document, "/" + member);
  REQUIRE(url.starts_with(issuer));
  return url.substr(std::string{issuer}.size());
}

std::set<std::string> texts_in(const boost::json::value& document, const std::string& member) {
  std::set<std::string> result;
  for (const auto& item : document.at(member).as_array())
    result.emplace(item.as_string());
  return result;
}

http_answer post_form(company_server& at, const std::string& path, const std::string& form) {
  return at.client().send("POST", path, {{{"Content-Type", "application/x-www-form-urlencoded"}}, form});
}

/// As sent, unasked, by the browser of somebody looking at another site's page.
http_answer post_form_of_page(company_server& at, const std::string& path, const std::string& form) {
  return at.client().send(
      "POST", path,
      {{{"Content-Type", "application/x-www-form-urlencoded"}, {"Origin", "https://evil.example"}}, form});
}

void add_names(std::set<std::string>& names, const std::string& token) {
  for (const auto& [name, value] : claims_of(token))
    names.emplace(name);
}

}  // namespace

TEST_CASE("Security: whatever discovery states is true") {
  company_server server{{{"MUSTERD_AUTH_ISSUER", issuer}}};
  auto answer = server.client().get(discovery);
  REQUIRE(answer.status == 200);
  CHECK(answer.header("cache-control").starts_with("public, max-age="));
  auto document = json_of(answer);
  CHECK(text_at(document, "/issuer") == issuer);

  auto keys = json_of(server.client().get(path_of(document, "jwks_uri")));
  std::set<std::string> algorithms;
  for (const auto& key : keys.at("keys").as_array())
    algorithms.insert(text_at(key, "/alg"));
  CHECK(texts_in(document, "id_token_signing_alg_values_supported") == algorithms);

  // Each grant it names works, in the ways it names, and no other does.
  auto endpoint = path_of(document, "token_endpoint");
  std::map<std::string, std::string> forms{
      {"password", "&username=demo.manager&password=" + server.password_of("demo.manager")},
      {"client_credentials", "&client_id=demo.pos&client_secret=" + server.password_of("demo.pos")}};
  auto first = post_form(server, endpoint, "grant_type=password" + forms["password"]);
  forms["refresh_token"] = "&refresh_token=" + text_at(first, "/refresh_token");
  check_error(post_form_of_page(server, endpoint, "grant_type=password" + forms["password"]), 415,
              "UNSUPPORTED_MEDIA_TYPE");
  std::set<std::string> claims;
  for (const auto& grant : texts_in(document, "grant_types_supported")) {
    CAPTURE(grant);
    REQUIRE(forms.contains(grant));
    auto tokens = post_form(server, endpoint, "grant_type=" + grant + forms[grant]);
    REQUIRE_MESSAGE(tokens.status == 200, tokens.body);
    CHECK(tokens.header("cache-control") == "no-store");
    CHECK(text_at(tokens, "/token_type") == "Bearer");
    auto token = text_at(tokens, "/access_token");
    CHECK(std::string{claims_of(token).at("iss").as_string()} == issuer);
    CHECK(algorithms.contains(std::string{header_of(token).at("alg").as_string()}));
    add_names(claims, token);
  }
  CHECK(texts_in(document, "grant_types_supported").size() == forms.size());
  CHECK(texts_in(document, "claims_supported") == claims);
  CHECK(texts_in(document, "token_endpoint_auth_methods_supported") ==
        std::set<std::string>{"client_secret_post", "none"});
  CHECK(document.at("response_types_supported").as_array().empty());
}

TEST_CASE("Security: the token endpoint refuses as OAuth 2.0 has it") {
  auto& server = shared_server();
  const std::string endpoint = "/api/security/auth/token";
  auto refused = [&](const std::string& form, int status, const std::string& error) {
    CAPTURE(form);
    auto answer = post_form(server, endpoint, form);
    CHECK(answer.status == status);
    CHECK(text_at(answer, "/error") == error);
    CHECK(answer.header("cache-control") == "no-store");
  };
  refused("grant_type=authorization_code&code=x", 400, "unsupported_grant_type");
  refused("username=x&password=y", 400, "invalid_request");
  refused("grant_type=password&username=demo.manager", 400, "invalid_request");
  refused("grant_type=password&username=a&username=b&password=x", 400, "invalid_request");
  refused("grant_type=password&username=%zz", 400, "invalid_request");
  refused("grant_type=password&username=nobody.at.all&password=wrong", 400, "invalid_grant");
  refused("grant_type=refresh_token&refresh_token=made-up", 400, "invalid_grant");
  refused("grant_type=client_credentials&client_id=nobody&client_secret=x", 401, "invalid_client");
  // Only this route takes forms.
  CHECK(post_form(server, "/api/security/auth/refresh", "refresh_token=x").status == 415);
}

TEST_CASE("Security: without an address in its name an issuer cannot be discovered") {
  check_error(shared_server().client().get(discovery), 404, "ISSUER_HAS_NO_ADDRESS");
}

TEST_CASE("Security: forms are told as much as JSON: how long to wait, and what is to be done first") {
  company_server server{{{"MUSTERD_AUTH_CHANGE_GIVEN_PASSWORDS", "true"}}};
  const std::string endpoint = "/api/security/auth/token", as_nina = "grant_type=password&username=";
  desk d{server};
  auto nina = d.user(true);
  auto tokens = post_form(server, endpoint, as_nina + nina.username + "&password=correct+horse+battery");
  REQUIRE_MESSAGE(tokens.status == 200, tokens.body);
  CHECK(text_at(tokens, "/required_action") == "CHANGE_PASSWORD");
  http_answer refused;
  for (int i = 0; i < 60 && refused.status != 429; ++i)
    refused = post_form(server, endpoint, as_nina + nina.username + "&password=wrong");
  REQUIRE(refused.status == 429);
  CHECK(text_at(refused, "/error") == "temporarily_unavailable");
  CHECK(refused.header("retry-after") == "1");
}

}  // namespace musterd::testing
