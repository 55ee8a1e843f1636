#include "http/transport/gate.hpp"

#include "http/auth/auth_paths.hpp"
#include "http/message/content_type.hpp"
#include "http/message/cross_origin.hpp"
#include "http/message/error_body.hpp"
#include "http/routing/call.hpp"

namespace musterd {
namespace {

/// The only route that accepts anything but JSON: OAuth 2.0 requires forms there.
bool is_form_for_tokens(const http_request& request) {
  return is_form(request.content_type) && request.target.path() == token_path;
}

}  // namespace

std::optional<http_response> refuse_at_gate(const http_request& request, const route_table::match& match,
                                            bool from_allowed_page) {
  auto refuse = [&](fault_kind kind, std::string code, std::string message) {
    return error_response({kind, std::move(code), std::move(message), {}, {}, {}}, request.correlation_id,
                          request.received_at);
  };
  if (match.found == nullptr) {
    if (match.allow.empty())
      return refuse(fault_kind::not_found, "ROUTE_NOT_FOUND", "There is nothing at this path.");
    auto response = request.method == verb::options
                        ? no_content()
                        : refuse(fault_kind::method_not_allowed, "METHOD_NOT_ALLOWED",
                                 "This path does not take the method; see Allow.");
    response.headers.emplace_back("Allow", std::string{match.allow});
    if (request.method == verb::options && request.is_preflight && from_allowed_page)
      answer_preflight(response, match.allow);
    return response;
  }
  // Browsers send any page's forms without a preflight, so a page could guess passwords from its visitors'
  // addresses.
  if (is_form_for_tokens(request) && !request.origin.empty() && !from_allowed_page)
    return refuse(fault_kind::unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE",
                  "Pages of other origins must send application/json.");
  return std::nullopt;
}

std::optional<fault> unreadable(const http_request& request) {
  if (request.header_fault)
    return request.header_fault;
  if (!request.body.empty() && !is_json(request.content_type) && !is_form_for_tokens(request))
    return fault{fault_kind::unsupported_media_type,
                 "UNSUPPORTED_MEDIA_TYPE",
                 "The body must be application/json in UTF-8.",
                 {},
                 {},
                 {}};
  return std::nullopt;
}

void call_handler(access_control& access, http_request&& request, const route& matched, responder&& respond,
                  const request_key& digest_key) {
  if (matched.access.kind == access_kind::open) {
    run_handler({std::move(request), &matched, {}, std::move(respond), &digest_key});
    return;
  }
  auto sink = respond.sink();
  auto call = std::make_unique<http_call>(
      http_call{std::move(request), &matched, {}, std::move(respond), &digest_key});
  const auto& asked = call->request;
  try {
    access.check(asked, matched, access_decision{std::move(call)});
  } catch (const std::exception& e) {  // the decision is gone, and its responder with it: 500
    sink->report_failure({}, matched.path_template, e.what());
  }
}

}  // namespace musterd
