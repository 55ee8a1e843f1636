#include "http/openapi/operations.hpp"

#include "http/openapi/examples.hpp"
#include "http/openapi/refusals.hpp"
#include "http/openapi/tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <optional>

namespace musterd {
namespace {

namespace json = boost::json;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

char lower(char c) {
  return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

json::object schema_from(schema_fn make, document_parts& parts) {
  schema_set named;
  auto schema = json::parse(make(named)).as_object();
  for (const auto& [name, text] : named)
    parts.schemas[name] = json::parse(text);
  return schema;
}

/// Follows a `$ref`.
const json::object& resolved(const json::object& schema, const document_parts& parts) {
  const auto* reference = schema.if_contains("$ref");
  if (reference == nullptr)
    return schema;
  std::string_view path{reference->as_string()};
  return parts.schemas.at(path.substr(path.rfind('/') + 1)).as_object();
}

json::value parameter(std::string_view in, std::string_view name, std::string_view description, bool required,
                      json::object schema, const document_parts& parts) {
  json::object result{{"in", in}, {"name", name}, {"required", required}};
  if (!description.empty())
    result["description"] = description;
  // The docs page prefills parameters that have an example: lists would be requested with every filter set.
  if (required)
    result["example"] = example_of(schema, parts.schemas, name);
  result["schema"] = std::move(schema);
  return result;
}

json::array parameters(const route& r, document_parts& parts) {
  json::array result;
  for (const auto& p : r.parameters) {
    bool is_id = p.name == "id" || p.name.ends_with("Id");
    result.push_back(parameter("path", p.name, {}, true,
                               schema_from(is_id ? schema_of<uuid> : schema_of<std::string>, parts), parts));
  }
  for (const auto& q : r.docs.query)
    result.push_back(
        parameter("query", q.name, q.description, q.required, schema_from(q.schema, parts), parts));
  if (takes_idempotency_key(r))
    result.push_back(parameter("header", "Idempotency-Key",
                               "Repeating a request with its key gives the first answer again.", false,
                               {{"type", "string"}, {"maxLength", 255}}, parts));
  if (r.docs.if_match)
    result.push_back(parameter("header", "If-Match", "The version to change, as ETag gave it: `\"7\"`.",
                               false, {{"type", "string"}}, parts));
  return result;
}

json::object content(std::string_view type, schema_fn make, document_parts& parts) {
  auto schema = schema_from(make, parts);
  json::object media{{"schema", schema}};
  if (auto example = example_of(schema, parts.schemas); type == "application/json" && !example.is_null())
    media["examples"] = {{"example", {{"value", std::move(example)}}}};
  return {{type, std::move(media)}};
}

/// Nullopt if the body would have no members.
std::optional<json::object> request_body(const route& r, document_parts& parts) {
  if (r.docs.request == nullptr)
    return std::nullopt;
  document_parts own;
  auto media = content("application/json", r.docs.request, own);
  const auto& schema = resolved(media.at("application/json").at("schema").as_object(), own);
  if (schema.at("properties").as_object().empty())
    return std::nullopt;
  for (const auto& [name, named] : own.schemas)
    parts.schemas[name] = named;
  return json::object{{"required", schema.contains("required")}, {"content", std::move(media)}};
}

std::string_view meaning_of(int success) {
  switch (success) {
    case 201: return "Created.";
    case 202: return "Accepted; it is done later.";
    case 204: return "Done; there is nothing to say.";
    default: return "Done.";
  }
}

json::object responses(const route& r, bool has_body, document_parts& parts) {
  json::object result;
  auto add_success = [&](int status, schema_fn response) {
    json::object success{{"description", meaning_of(status)}};
    if (response != nullptr)
      success["content"] = content(r.docs.response_type, response, parts);
    result[std::to_string(status)] = std::move(success);
  };
  add_success(r.docs.success, r.docs.response);
  for (const auto& other : r.docs.other_successes)
    add_success(other.status, other.response);
  for (auto& [status, refusal] : refusals_of(r, has_body, parts.responses))
    result[status] = std::move(refusal);
  result["default"] = {{"$ref", "#/components/responses/Error"}};
  return result;
}

std::string keys_of(const access_rule& rule) {
  std::string result;
  for (auto key : rule.keys)
    result += fmt::format("{}`{}`", result.empty() ? "" : " or ", key.key());
  return result;
}

std::string who_may(const access_rule& rule) {
  switch (rule.kind) {
    case access_kind::open: return "For anybody, without a token.";
    case access_kind::self: return "For anybody who is signed in, about themselves.";
    case access_kind::permission: return fmt::format("Takes {}, for all shops or for some.", keys_of(rule));
    case access_kind::permission_everywhere: return fmt::format("Takes {} for all shops.", keys_of(rule));
    case access_kind::permission_on_self: return fmt::format("Takes {}; about oneself.", keys_of(rule));
    case access_kind::internal: return fmt::format("For services that may {}.", keys_of(rule));
  }
  return {};
}

std::string description(const route& r) {
  auto result = fmt::format("{}\n\n{}", r.docs.description, who_may(r.access));
  if (r.access.fresh)
    result += " Takes a sign-in of just now.";
  if (r.access.settles)
    result += fmt::format(" Open also while the sign-in asks for `{}`.", enum_name(*r.access.settles));
  return result;
}

json::array security(const access_rule& rule) {
  json::array result;
  if (rule.kind != access_kind::open)
    result.push_back(json::object{{rule.kind == access_kind::internal ? "service" : "user", json::array{}}});
  return result;
}

void add_access(json::object& to, const access_rule& rule) {
  to["x-access"] = enum_name(rule.kind);
  if (!rule.keys.empty())
    to["x-permission"] = rule.key();
  if (rule.people)
    to["x-people"] = enum_name(*rule.people);
  if (rule.settles)
    to["x-settles"] = enum_name(*rule.settles);
  if (rule.fresh)
    to["x-fresh-sign-in"] = true;
  if (rule.keys.size() > 1) {
    json::array others;
    for (auto key : std::span{rule.keys}.subspan(1))
      others.emplace_back(key.key());
    to["x-permission-alternatives"] = std::move(others);
  }
}

}  // namespace

std::string operation_id(std::string_view name) {
  std::string result;
  bool raise = false;
  for (char c : name) {
    if (c != '_')
      result += raise ? detail::upper(c) : c;
    raise = c == '_';
  }
  return result;
}

std::string operation_title(std::string_view name) {
  std::string result;
  for (char c : name) {
    if (result.empty()) {
      result += detail::upper(c);
      continue;
    }
    if (is_capital(c))
      result += ' ';
    result += c == '_' ? ' ' : lower(c);
  }
  return result;
}

json::object operation_of(const route& r, document_parts& parts) {
  json::object result{{"operationId", operation_id(r.docs.name)},
                      {"summary", operation_title(r.docs.name)},
                      {"description", description(r)}};
  if (auto tag = tag_of(r.path_template); tag < route_tags().size())
    result["tags"] = json::array{route_tags()[tag].name};
  if (auto list = parameters(r, parts); !list.empty())
    result["parameters"] = std::move(list);
  auto body = request_body(r, parts);
  if (body)
    result["requestBody"] = *body;
  result["responses"] = responses(r, body.has_value(), parts);
  result["security"] = security(r.access);
  add_access(result, r.access);
  return result;
}

}  // namespace musterd
