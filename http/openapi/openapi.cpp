#include "http/openapi/openapi.hpp"

#include "http/openapi/first_steps.hpp"
#include "http/openapi/operations.hpp"
#include "http/openapi/refusals.hpp"
#include "http/openapi/tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <vector>

namespace musterd {
namespace {

namespace json = boost::json;

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

/// Ordered by tag, and within a tag as declared.
json::object paths(const route_table& routes, document_parts& parts) {
  std::vector<const route*> in_order;
  for (const auto& r : routes.routes())
    in_order.push_back(&r);
  std::ranges::stable_sort(in_order, {}, [](const route* r) { return tag_of(r->path_template); });
  json::object result;
  for (const auto* r : in_order) {
    auto& methods = result[r->path_template];
    if (methods.is_null())
      methods.emplace_object();
    methods.as_object()[method_key(r->method)] = operation_of(*r, parts);
  }
  return result;
}

json::array tags_of(const route_table& routes) {
  json::array result;
  for (const auto& tag : route_tags())
    if (std::ranges::any_of(routes.routes(), [&](const route& r) {
          return tag_of(r.path_template) == static_cast<std::size_t>(&tag - route_tags().data());
        }))
      result.push_back({{"name", tag.name}, {"description", tag.description}});
  return result;
}

json::object components(document_parts parts) {
  schema_set named;
  schema_of<field_error>(named);
  for (const auto& [name, text] : named)
    parts.schemas[name] = json::parse(text);
  parts.schemas["Error"] = error_schema();
  parts.responses["Error"] = {
      {"description", "What went wrong, for programs and for people."},
      {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  auto bearer = [](std::string_view description) {
    return json::object{
        {"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}, {"description", description}};
  };
  return {{"schemas", std::move(parts.schemas)},
          {"responses", std::move(parts.responses)},
          {"securitySchemes",
           {{"user", bearer("The `accessToken` of somebody's sign-in.")},
            {"service", bearer("The `accessToken` that a service gets for its secret.")}}}};
}

}  // namespace

std::string openapi_document(const route_table& routes, std::string_view version) {
  document_parts parts;
  auto all = paths(routes, parts);
  json::object document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "musterd"},
        {"version", version},
        {"description", first_steps},
        {"contact", {{"name", "Whoever operates this server"}}},
        {"license", {{"name", "Proprietary"}, {"identifier", "LicenseRef-Proprietary"}}}}},
      {"servers", {{{"url", "/"}, {"description", "The server that this document is from."}}}},
      {"tags", tags_of(routes)},
      {"paths", std::move(all)},
      {"components", components(std::move(parts))}};
  return json::serialize(document);
}

}  // namespace musterd
