#pragma once

#include "http/routing/route_table.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace musterd {

/// Whether a request repeated with its Idempotency-Key gets the first answer again.
bool takes_idempotency_key(const route& r);

/// One OpenAPI response per status: the codes that follow from the route's access rule, body and parameters,
/// and those in its docs. Those with few codes are moved to `shared` and referenced.
boost::json::object refusals_of(const route& r, bool has_body, boost::json::object& shared);

/// The schema of the body written by `error_response`.
boost::json::value error_schema();

}  // namespace musterd
