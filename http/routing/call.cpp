#include "http/routing/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace musterd {

bool http_call::has_parameter(std::string_view name) const {
  return std::ranges::find(matched->parameters, name, &route::parameter::name) != matched->parameters.end();
}

std::string_view http_call::parameter(std::string_view name) const {
  for (const auto& p : matched->parameters)
    if (p.name == name)
      return request.target.segment(p.segment);
  throw std::logic_error{fmt::format("{} has no parameter {}", matched->path_template, name)};
}

fault http_call::bad_id_parameter(std::string_view name) {
  return validation_failed({{std::string{name}, fmt::format("{} must be a UUID.", name)}});
}

outcome<std::optional<std::int64_t>> http_call::if_match_version() const {
  if (!request.if_match || *request.if_match == "*")
    return std::optional<std::int64_t>{};
  std::string_view text = *request.if_match;
  std::int64_t version = 0;
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') {
    auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size() - 1, version);
    if (error == std::errc{} && end == text.data() + text.size() - 1)
      return std::optional{version};
  }
  return validation_failed({{"If-Match", "If-Match must be a version as ETag gives it, such as \"7\"."}});
}

fault http_call::deny() const {
  return who.denials ? who.denials->denied(who, request, *matched) : access_denied();
}

fault http_call::on_record(fault why) const {
  if (why.kind != fault_kind::forbidden || !who.denials)
    return why;
  return who.denials->denied(who, request, *matched, std::move(why));
}

people_scope http_call::people() const {
  const auto& rule = matched->access;
  if (rule.kind != access_kind::permission_everywhere && rule.people != people_shown::of_covered_shops)
    throw std::logic_error{fmt::format("{} shows no people", matched->path_template)};
  if (rule.keys.size() > 1)
    throw std::logic_error{fmt::format("{} has several keys that show people", matched->path_template)};
  return {who.where().everywhere, who.where().locations, request.received_at};
}

request_context context_of(const caller& who, const http_request& request) {
  request_context result;
  result.tenant = who.tenant;
  result.kind = who.kind;
  result.actor = who.actor;
  result.person = who.person;
  if (const auto& where = who.where(); !where.everywhere)
    result.covered_shops = where.locations;
  result.now = request.received_at;
  result.correlation_id = request.correlation_id;
  result.traceparent = request.traceparent;
  result.client_address = request.client_address;
  result.user_agent = request.user_agent;
  return result;
}

namespace {

std::optional<admission> admission_of(const caller& who, const access_rule& rule) {
  if (who.kind != principal_kind::user || rule.kind == access_kind::open)
    return std::nullopt;
  return admission{who.session, rule.keys, rule.kind == access_kind::permission_everywhere,
                   rule.kind == access_kind::permission_on_self};
}

}  // namespace

request_context http_call::context() const {
  auto result = context_of(who, request);
  result.admitted = admission_of(who, matched->access);
  if (request.idempotency_key && request.method == verb::post) {
    result.idempotency_key = request.idempotency_key;
    result.request_digest = musterd::request_digest(request, *digest_key);
  }
  result.injected_fault = request.injected_fault;
  return result;
}

}  // namespace musterd
