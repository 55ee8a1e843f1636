#include "domain/audit/audit_trace.hpp"

#include "common/observation/trace.hpp"

#include <fmt/format.h>

namespace musterd {

std::string traced(const request_context& ctx, std::string details) {
  return traced(ctx.traceparent ? std::string_view{*ctx.traceparent} : std::string_view{},
                std::move(details));
}

std::string traced(std::string_view traceparent, std::string details) {
  auto trace = trace_id_of(traceparent);
  if (trace.empty() || !details.ends_with('}'))
    return details;
  details.pop_back();
  details += fmt::format("{}\"{}\":\"{}\"}}", details.size() > 1 ? "," : "", trace_id_field, trace);
  return details;
}

std::string_view trace_id_in(std::string_view details) {
  constexpr std::string_view before = R"("traceId":")", after = R"("})";
  constexpr std::size_t id_size = 32;
  auto size = before.size() + id_size + after.size();
  if (details.size() < size || !details.ends_with(after))
    return {};
  auto end = details.substr(details.size() - size);
  return end.starts_with(before) ? end.substr(before.size(), id_size) : std::string_view{};
}

}  // namespace musterd
