#pragma once

#include "http/message/responder.hpp"
#include "http/routing/access_control.hpp"
#include "http/routing/request_digest.hpp"
#include "http/routing/route_table.hpp"

#include <optional>

namespace musterd {

/// The answer to a request that needs no handler: 404, 405, OPTIONS and what browsers ask by it, 415 for a
/// form of somebody else's page. Nothing if it may go on. `from_allowed_page`: the request's origin may read
/// answers.
std::optional<http_response> refuse_at_gate(const http_request& request, const route_table::match& match,
                                            bool from_allowed_page);
/// What keeps a handler from reading the request: 400 for its headers, 415. Whoever may not call the route is
/// told that first, and a refused change is known as somebody's.
std::optional<fault> unreadable(const http_request& request);

/// Asks the access control, unless the route is open, and lets the handler run.
void call_handler(access_control& access, http_request&& request, const route& matched, responder&& respond,
                  const request_key& digest_key);

}  // namespace musterd
