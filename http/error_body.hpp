#pragma once

#include "common/fault.hpp"
#include "common/time.hpp"
#include "http/response.hpp"

namespace musterd {

/// The one error shape (DECISIONS, section 1), with Retry-After and WWW-Authenticate where they belong.
http_response error_response(const fault& f, std::string_view correlation_id, timestamp now);

}  // namespace musterd
