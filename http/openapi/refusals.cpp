#include "http/openapi/refusals.hpp"

#include "common/json/json_schema.hpp"
#include "domain/person/account/sign_in_policy.hpp"
#include "domain/person/faults.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace musterd {
namespace {

namespace json = boost::json;

/// Codes by status.
using codes_by_status = std::map<int, std::vector<std::string>>;

/// More codes than this would make too long a name.
constexpr std::size_t most_named = 4;

void add(codes_by_status& to, fault_kind kind, std::string_view code) {
  auto& codes = to[http_status(kind)];
  if (std::ranges::find(codes, code) == codes.end())
    codes.emplace_back(code);
}

void add(codes_by_status& to, const fault& f) {
  add(to, f.kind, f.code);
}

void add_those_of_access(codes_by_status& to, const access_rule& rule) {
  add(to, fault_kind::too_many_requests, "TOO_MANY_REQUESTS");
  if (rule.kind == access_kind::open)
    return;
  add(to, unauthenticated({}));
  if (rule.fresh)
    add(to, fault_kind::unauthenticated, "FRESH_SIGN_IN_REQUIRED");
  add(to, access_denied());
  if (rule.kind != access_kind::internal) {
    add(to, account_disabled.kind, account_disabled.code);
    for (auto action : {required_action::change_password, required_action::enrol_second_factor})
      if (rule.settles != action)
        add(to, action_required(action));
  }
}

codes_by_status codes_of(const route& r, bool has_body) {
  codes_by_status result;
  add(result, fault_kind::invalid, "MALFORMED_REQUEST");
  add(result, validation_failed({}));
  add_those_of_access(result, r.access);
  if (has_body) {
    add(result, fault_kind::invalid, "MALFORMED_JSON");
    add(result, fault_kind::too_large, "PAYLOAD_TOO_LARGE");
    add(result, fault_kind::unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE");
  }
  if (takes_idempotency_key(r))
    add(result, fault_kind::unprocessable, "IDEMPOTENCY_KEY_REUSED");
  for (const auto& f : r.docs.faults)
    add(result, f.kind, f.code);
  return result;
}

/// "Already clocked in." for "ALREADY_CLOCKED_IN".
std::string message_of(std::string_view code) {
  std::string result;
  for (char c : code)
    result += c == '_' ? ' ' : result.empty() ? c : static_cast<char>(c - 'A' + 'a');
  return result + '.';
}

json::value example(int status, std::string_view code) {
  constexpr std::string_view some_id = "01941f29-7c00-7a4e-8b1d-3c5f6a7b8c9d";
  json::object result{{"code", code},
                      {"message", message_of(code)},
                      {"status", status},
                      {"correlationId", some_id},
                      {"timestamp", "2026-01-12T14:00:00Z"}};
  if (code == validation_failed({}).code)
    result["fieldErrors"] = {{{"field", "pageSize"}, {"message", "pageSize must be from 1 to 100."}}};
  if (status == http_status(fault_kind::forbidden))
    result["details"] = {{"decisionId", some_id}};
  return result;
}

/// The error's schema, restricted to these codes.
json::value schema(const std::vector<std::string>& codes) {
  json::value known = {
      {"type", "object"},
      {"properties", {{"code", {{"type", "string"}, {"enum", json::array(codes.begin(), codes.end())}}}}}};
  return {{"allOf", {{{"$ref", "#/components/schemas/Error"}}, std::move(known)}}};
}

json::value response(int status, const std::vector<std::string>& codes) {
  std::string description;
  json::object examples;
  for (const auto& code : codes) {
    description += fmt::format("{}`{}`", description.empty() ? "" : ", ", code);
    examples[code] = {{"value", example(status, code)}};
  }
  return {
      {"description", description},
      {"content", {{"application/json", {{"schema", schema(codes)}, {"examples", std::move(examples)}}}}}};
}

/// Such as "AccessDeniedOrAccountDisabled".
std::string name_of(const std::vector<std::string>& codes) {
  std::string result;
  for (const auto& code : codes) {
    result += result.empty() ? "" : "Or";
    bool first = true;
    for (char c : code) {
      if (c != '_')
        result += first ? c : static_cast<char>(c - 'A' + 'a');
      first = c == '_';
    }
  }
  return result;
}

}  // namespace

bool takes_idempotency_key(const route& r) {
  return r.method == verb::post && r.access.kind != access_kind::open;
}

json::object refusals_of(const route& r, bool has_body, json::object& shared) {
  json::object result;
  for (const auto& [status, codes] : codes_of(r, has_body)) {
    auto whole = response(status, codes);
    if (codes.size() > most_named) {
      result[std::to_string(status)] = std::move(whole);
      continue;
    }
    auto name = name_of(codes);
    result[std::to_string(status)] = {{"$ref", "#/components/responses/" + name}};
    shared[name] = std::move(whole);
  }
  return result;
}

json::value error_schema() {
  return json::parse(
      R"({"type":"object","properties":{"code":{"type":"string"},"message":{"type":"string"},)"
      R"("status":{"type":"integer","format":"int32"},"correlationId":{"type":"string"},)"
      R"("timestamp":{"type":"string","format":"date-time"},)"
      R"("fieldErrors":{"type":"array","items":{"$ref":"#/components/schemas/FieldError"}},"details":{}},)"
      R"("required":["code","message","status","correlationId","timestamp"]})");
}

}  // namespace musterd
