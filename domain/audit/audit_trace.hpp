#pragma once

#include "domain/kernel/context.hpp"

#include <string>
#include <string_view>

namespace musterd {

/// The details of an audit entry, a JSON object, with the trace that led to it as `traceId`. It stands among
/// the details so that it is part of the entry's hash, and entries from before have none.
std::string traced(const request_context& ctx, std::string details);
/// The same for what only has a traceparent.
std::string traced(std::string_view traceparent, std::string details);
inline constexpr std::string_view trace_id_field = "traceId";
/// What `traced` added; empty where it did not.
std::string_view trace_id_in(std::string_view details);

}  // namespace musterd
