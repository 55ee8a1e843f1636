#pragma once

#include "common/fault.hpp"
#include "common/time/time.hpp"
#include "http/message/response.hpp"

namespace musterd {

/// The one error shape of the API, with Retry-After and WWW-Authenticate where they belong.
http_response error_response(const fault& f, std::string_view correlation_id, timestamp now);
/// For the statuses of the transport that no fault has (431).
http_response error_response(int status, const fault& f, std::string_view correlation_id, timestamp now);

}  // namespace musterd
