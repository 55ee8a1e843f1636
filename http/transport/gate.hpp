#pragma once

#include "http/message/responder.hpp"
#include "http/routing/access/access_control.hpp"
#include "http/routing/request_digest.hpp"
#include "http/routing/route_table.hpp"

#include <optional>

namespace musterd {

/// Answers requests that need no handler: 404, 405, OPTIONS and preflights, 415 for a form from a foreign
/// page. Nullopt if the request may proceed. `from_allowed_page`: its origin may read answers.
std::optional<http_response> refuse_at_gate(const http_request& request, const route_table::match& match,
                                            bool from_allowed_page);
/// Why a handler cannot read the request: 400 for its headers, 415. Checked after access: 401 and 403 come
/// first, and a refused change has a caller.
std::optional<fault> unreadable(const http_request& request);

/// Runs the access check, unless the route is open, then the handler.
void call_handler(access_control& access, http_request&& request, const route& matched, responder&& respond,
                  const request_key& digest_key);

}  // namespace musterd
