#include "tests/http/contract.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <regex>

/// The OpenAPI document is a contract: its examples can be sent and its promises are kept. `company_server`
/// checks all other answers against it.
namespace musterd::testing {
namespace {

boost::json::object document_of(company_server& server) {
  return json_of(server.client().get("/openapi.json")).as_object();
}

/// An operation with a request body.
struct sendable {
  std::string id, method, path, access, example;
};

std::vector<sendable> sendable_operations(const boost::json::object& document) {
  std::vector<sendable> result;
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      if (!has(operation, "/requestBody"))
        continue;
      std::string filled{path}, verb{method};
      if (const auto* parameters = operation.as_object().if_contains("parameters"))
        for (const auto& p : parameters->as_array())
          if (auto at = filled.find('{' + text_at(p, "/name") + '}'); at != std::string::npos)
            filled.replace(at, text_at(p, "/name").size() + 2, text_at(p, "/example"));
      for (auto& c : verb)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      result.push_back({text_at(operation, "/operationId"), verb, filled, text_at(operation, "/x-access"),
                        text_at(operation, "/requestBody/content/application~1json/examples/example/value")});
    }
  return result;
}

/// A token of a service that may do everything a service can.
std::string all_powerful_service(desk& d) {
  auto made = d.admin->http.post(
      "/api/security/services",
      R"({"name":"all-examples","scopes":["security:authorization:decide","security:permission:register",)"
      R"("security:audit_entry:record"]})");
  REQUIRE(made.status == 201);
  boost::json::object asked{{"grantType", "client_credentials"},
                            {"clientId", text_at(made, "/clientId")},
                            {"clientSecret", text_at(made, "/secret")}};
  return text_at(d.server.client().post("/api/security/auth/token", json(asked)), "/accessToken");
}

/// What an example cannot know: a secret of the sender.
bool is_about_a_secret(const http_answer& answer) {
  static const std::set<std::string> secrets{"oldPassword", "password", "totpCode", "recoveryCode"};
  auto wrong = wrong_fields(answer);
  return !wrong.empty() && std::ranges::includes(secrets, wrong);
}

}  // namespace

TEST_CASE("openapi: the example of every request is taken as it is") {
  company_server server;
  desk d{server};
  auto service = server.client();
  service.use_token(all_powerful_service(d));
  auto operations = sendable_operations(document_of(server));
  CHECK(operations.size() > 35);
  for (const auto& o : operations) {
    CAPTURE(o.id);
    CAPTURE(o.example);
    auto& http = o.access == "INTERNAL" ? service : d.admin->http;
    auto answer = http.send(o.method, o.path, {{}, o.example});
    CAPTURE(answer.body);
    CHECK(answer.status != 403);  // otherwise nobody has looked at the body
    CHECK((answer.status != 400 || is_about_a_secret(answer)));
  }
}

TEST_CASE("openapi: every body has an example that fits its schema") {
  api_contract contract{document_of(shared_server())};
  int count = 0;
  auto check = [&](const boost::json::value& media, const std::string& where) {
    const auto& content = media.as_object();
    const auto& schema = content.at("schema").as_object();
    const auto* examples = content.if_contains("examples");
    CHECK_MESSAGE((examples != nullptr || schema.empty()), where);
    if (examples == nullptr)
      return;
    for (const auto& [name, example] : examples->as_object()) {
      auto why = contract.misfit(schema, boost::json::serialize(example.at("value")));
      CHECK_MESSAGE(why.empty(), where << ": " << why);
      ++count;
    }
  };
  for (const auto& [path, methods] : contract.document().at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      auto where = fmt::format("{} {}", std::string_view{method}, std::string_view{path});
      if (has(operation, "/requestBody"))
        check(operation.at("requestBody").at("content").at("application/json"), where);
      for (const auto& [status, response] : operation.at("responses").as_object())
        if (const auto* content = contract.resolved(response.as_object()).if_contains("content");
            content != nullptr && status != "default")
          if (const auto* media = content->as_object().if_contains("application/json"))
            check(*media, where + ' ' + std::string{status});
    }
  CHECK(count > 500);
}

TEST_CASE("openapi: the first steps that the document begins with can be taken one after the other") {
  company_server server;
  auto text = text_at(document_of(server), "/info/description");
  static const std::regex block{R"(```\n(GET|POST) (\S+)\n((?:[A-Za-z-]+: .*\n)*)(\{.*\}\n)?```)"};
  auto http = server.client();
  std::vector<int> statuses;
  for (std::sregex_iterator it{text.begin(), text.end(), block}, end; it != end; ++it) {
    auto body = std::regex_replace((*it)[4].str(), std::regex{"…"}, server.password_of("demo.mechanic"));
    http_message message;
    if (!body.empty())
      message.body = body;
    if (auto header = (*it)[3].str(); !header.empty())
      message.headers[header.substr(0, header.find(':'))] =
          header.substr(header.find(':') + 2, header.size() - header.find(':') - 3);
    auto answer = http.send((*it)[1], (*it)[2], message);
    statuses.push_back(answer.status);
    if (auto token = text_at(answer, "/accessToken"); token != "(none)")
      http.use_token(token);
  }
  CHECK(statuses == std::vector<int>{200, 200, 200, 201});
}

TEST_CASE(
    "openapi: operation ids are of one style and each is there once; titles and tags say where one is") {
  auto document = document_of(shared_server());
  std::set<std::string> ids, tags;
  for (const auto& tag : document.at("tags").as_array()) {
    tags.insert(text_at(tag, "/name"));
    CHECK(text_at(tag, "/description").size() > 10);
  }
  static const std::regex camel{"[a-z]+([A-Z][a-z]+)*"};
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) {
      auto id = text_at(operation, "/operationId");
      CAPTURE(id);
      CHECK(std::regex_match(id, camel));
      CHECK(ids.insert(id).second);
      CHECK(text_at(operation, "/summary").size() < 40);
      CHECK(text_at(operation, "/description").size() > text_at(operation, "/summary").size());
      CHECK(tags.contains(text_at(operation, "/tags/0")));
    }
}

}  // namespace musterd::testing
