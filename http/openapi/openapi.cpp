#include "http/openapi/openapi.hpp"

#include <fmt/format.h>

#include <map>

namespace musterd {
namespace {

// Not "quoted": std::quoted would be meant wherever <iomanip> is known.
std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Operations are grouped by subject: "people" for /api/people/..., "internal", "health".
std::string_view subject(std::string_view path) {
  path.remove_prefix(1);
  if (path.starts_with("api/"))
    path.remove_prefix(4);
  path = path.substr(0, path.find('/'));
  return path.empty() || path.find('.') != std::string_view::npos ? std::string_view{"server"} : path;
}

std::string_view method_key(verb v) {
  switch (v) {
    case verb::get: return "get";
    case verb::head: return "head";
    case verb::post: return "post";
    case verb::put: return "put";
    case verb::patch: return "patch";
    case verb::del: return "delete";
    default: return "options";
  }
}

std::string parameters(const route& r, schema_set& schemas) {
  std::string out;
  auto add = [&](std::string_view in, std::string_view name, std::string_view text, bool required,
                 std::string schema) {
    if (!out.empty())
      out += ',';
    out += fmt::format(R"({{"in":"{}","name":{},"required":{},"schema":{})", in, json_string(name), required,
                       schema);
    if (!text.empty())
      out += R"(,"description":)" + json_string(text);
    out += '}';
  };
  for (const auto& p : r.parameters) {
    bool is_id = p.name == "id" || p.name.ends_with("Id");
    add("path", p.name, {}, true, is_id ? schema_of<uuid>(schemas) : schema_of<std::string>(schemas));
  }
  for (const auto& q : r.docs.query)
    add("query", q.name, q.description, q.required, q.schema(schemas));
  if (r.method == verb::post && r.access.kind != access_kind::open)
    add("header", "Idempotency-Key", "Repeating a request with its key gives the first answer again.", false,
        R"({"type":"string","maxLength":255})");
  return out;
}

std::string responses(const route& r, schema_set& schemas) {
  std::string out = fmt::format(R"("{}":{{"description":{})", r.docs.success, json_string(r.docs.summary));
  if (r.docs.response != nullptr)
    out +=
        fmt::format(R"(,"content":{{"{}":{{"schema":{}}}}})", r.docs.response_type, r.docs.response(schemas));
  return out + R"(},"default":{"$ref":"#/components/responses/Error"})";
}

std::string operation(const route& r, schema_set& schemas) {
  auto out = fmt::format(R"({{"operationId":{},"summary":{},"tags":[{}])", json_string(r.docs.name),
                         json_string(r.docs.summary), json_string(subject(r.path_template)));
  if (auto list = parameters(r, schemas); !list.empty())
    out += R"(,"parameters":[)" + list + ']';
  if (r.docs.request != nullptr)
    out +=
        fmt::format(R"(,"requestBody":{{"required":true,"content":{{"application/json":{{"schema":{}}}}}}})",
                    r.docs.request(schemas));
  out += R"(,"responses":{)" + responses(r, schemas) + '}';
  if (r.access.kind != access_kind::open)
    out += R"(,"security":[{"bearer":[]}])";
  out += R"(,"x-access":)" + json_string(enum_name(r.access.kind));
  if (!r.access.key.empty())
    out += R"(,"x-permission":)" + json_string(r.access.key);
  if (r.access.people)
    out += R"(,"x-people":)" + json_string(enum_name(*r.access.people));
  if (r.access.settles)
    out += R"(,"x-settles":)" + json_string(enum_name(*r.access.settles));
  if (r.access.fresh)
    out += R"(,"x-fresh-sign-in":true)";
  if (!r.access.alternatives.empty())
    out += R"(,"x-permission-alternatives":)" + to_json(r.access.alternatives);
  return out + '}';
}

/// What `error_response` writes.
constexpr std::string_view error_schema =
    R"({"type":"object","properties":{"code":{"type":"string"},"message":{"type":"string"},)"
    R"("status":{"type":"integer","format":"int32"},"correlationId":{"type":"string"},)"
    R"("timestamp":{"type":"string","format":"date-time"},)"
    R"("fieldErrors":{"type":"array","items":{"$ref":"#/components/schemas/FieldError"}},"details":{}},)"
    R"("required":["code","message","status","correlationId","timestamp"]})";

std::string components(schema_set& schemas) {
  schema_of<field_error>(schemas);
  schemas["Error"] = error_schema;
  std::string list;
  for (const auto& [name, schema] : schemas)
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", json_string(name), schema);
  return R"({"schemas":{)" + list +
         R"(},"responses":{"Error":{"description":"What went wrong, for programs and for people.",)"
         R"("content":{"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}}}},)"
         R"("securitySchemes":{"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}}})";
}

}  // namespace

std::string openapi_document(const route_table& routes, std::string_view version) {
  schema_set schemas;
  std::map<std::string_view, std::map<verb, const route*>> by_path;
  for (const auto& r : routes.routes())
    by_path[r.path_template][r.method] = &r;
  std::string paths;
  for (const auto& [path, methods] : by_path) {
    std::string operations;
    for (const auto& [method, r] : methods)
      operations += fmt::format(R"({}"{}":{})", operations.empty() ? "" : ",", method_key(method),
                                operation(*r, schemas));
    paths += fmt::format("{}{}:{{{}}}", paths.empty() ? "" : ",", json_string(path), operations);
  }
  return fmt::format(R"({{"openapi":"3.1.0","info":{{"title":"musterd","version":{},)"
                     R"("description":"Who works here, what may they do, when did they work."}},)"
                     R"("paths":{{{}}},"components":{}}})",
                     json_string(version), paths, components(schemas));
}

}  // namespace musterd
