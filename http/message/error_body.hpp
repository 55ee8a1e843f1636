#pragma once

#include "common/fault.hpp"
#include "common/time/time.hpp"
#include "http/message/response.hpp"

namespace musterd {

/// The API's only error shape, with Retry-After and WWW-Authenticate where they apply.
http_response error_response(const fault& f, std::string_view correlation_id, timestamp now);
/// For transport statuses that no fault kind maps to (431).
http_response error_response(int status, const fault& f, std::string_view correlation_id, timestamp now);

}  // namespace musterd
