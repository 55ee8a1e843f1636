#include "http/auth/tokens/token_form.hpp"

#include "http/message/request.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace musterd {
namespace {

constexpr std::string_view unsupported_grant =
    "grant_type must be client_credentials, password or refresh_token.";

/// RFC 6749, 5.2.
std::string_view error_of(const fault& why, bool is_client) {
  if (why.kind == fault_kind::unauthenticated || why.kind == fault_kind::forbidden)
    return is_client ? "invalid_client" : "invalid_grant";
  if (why.kind != fault_kind::invalid)
    return why.kind == fault_kind::internal ? "server_error" : "temporarily_unavailable";
  bool is_grant =
      std::ranges::any_of(why.field_errors, [](const auto& e) { return e.message == unsupported_grant; });
  return is_grant ? "unsupported_grant_type" : "invalid_request";
}

http_response json_text(int status, const boost::json::object& body) {
  http_response response;
  response.status = status;
  response.body = boost::json::serialize(body);
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

outcome<token_form> read_token_form(std::string_view body) {
  auto refuse = [](std::string field, std::string message) {
    return validation_failed({{std::move(field), std::move(message)}});
  };
  request_target form;  // encoded like a query
  if (!form.parse("/?" + std::string{body}))
    return refuse("body", "The form is not well encoded.");
  std::map<std::string, std::string> given;
  for (const auto& [name, value] : form.query())
    if (!given.emplace(name, value).second)
      return refuse(name, name + " is given twice.");
  auto take = [&](const char* name) {
    auto found = given.find(name);
    return found == given.end() ? std::nullopt : std::optional{found->second};
  };
  token_form result;
  for_each_member<token_request>([&](auto member) { result.secret.*member.pointer = take(member.name); });
  const auto& grant = result.secret.grant_type;
  if (!grant)
    return refuse("grant_type", "grant_type is required.");
  if (std::ranges::find(grant_types, *grant) == grant_types.end())
    return refuse("grant_type", std::string{unsupported_grant});
  if (*grant == "refresh_token") {
    result.refresh_token = take("refresh_token");
    return result.refresh_token ? outcome<token_form>{result}
                                : refuse("refresh_token", "refresh_token is required.");
  }
  std::vector<field_error> errors;
  validate(result.secret, errors);
  return errors.empty() ? outcome<token_form>{result} : validation_failed(std::move(errors));
}

http_response form_answer(const token_response& tokens) {
  boost::json::object body{{"access_token", tokens.access_token},
                           {"token_type", tokens.token_type},
                           {"expires_in", tokens.expires_in}};
  if (tokens.refresh_token)
    body["refresh_token"] = *tokens.refresh_token;
  if (tokens.required_action)
    body["required_action"] = enum_name(*tokens.required_action);
  return json_text(200, body);
}

http_response form_refusal(const fault& why, bool is_client) {
  auto error = error_of(why, is_client);
  auto status = error == "invalid_grant" ? http_status(fault_kind::invalid) : http_status(why.kind);
  auto description = why.message;
  for (const auto& e : why.field_errors)
    description += ' ' + e.message;
  auto response = json_text(status, {{"error", error}, {"error_description", description}});
  if (why.retry_after_s)
    response.headers.emplace_back("Retry-After", fmt::format("{}", *why.retry_after_s));
  return response;
}

}  // namespace musterd
