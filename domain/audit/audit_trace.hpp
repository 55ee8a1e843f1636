#pragma once

#include "domain/kernel/context.hpp"

#include <string>
#include <string_view>

namespace musterd {

/// Adds the trace id to an audit entry's details, a JSON object, as `traceId`: covered by the hash, and
/// absent from older entries.
std::string traced(const request_context& ctx, std::string details);
/// The same, given only a traceparent.
std::string traced(std::string_view traceparent, std::string details);
inline constexpr std::string_view trace_id_field = "traceId";
/// The id that `traced` added; empty if it did not.
std::string_view trace_id_in(std::string_view details);

}  // namespace musterd
