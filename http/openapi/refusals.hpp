#pragma once

#include "http/routing/route_table.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace musterd {

/// Whether repeating a request with its key gives the first answer again.
bool takes_idempotency_key(const route& r);

/// What a route may be refused with, one OpenAPI response per status: the codes that follow from its access
/// rule, body and parameters, and those that its docs name. Those of few codes are put into `shared` and
/// referred to.
boost::json::object refusals_of(const route& r, bool has_body, boost::json::object& shared);

/// The schema of what `error_response` writes.
boost::json::value error_schema();

}  // namespace musterd
