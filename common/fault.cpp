#include "common/fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace musterd {
namespace {

fault make(fault_kind kind, std::string code, std::string message) {
  return {kind, std::move(code), std::move(message), {}, {}, {}};
}

}  // namespace

std::string code_and_message(const fault& f) {
  return f.code + ": " + f.message;
}

void throw_exception_from_error(const fault& f, const boost::source_location& where) {
  throw std::runtime_error{
      fmt::format("{}: {} (unchecked at {}:{})", f.code, f.message, where.file_name(), where.line())};
}

int http_status(fault_kind kind) {
  switch (kind) {
    case fault_kind::invalid: return 400;
    case fault_kind::unauthenticated: return 401;
    case fault_kind::forbidden: return 403;
    case fault_kind::not_found: return 404;
    case fault_kind::method_not_allowed: return 405;
    case fault_kind::request_timeout: return 408;
    case fault_kind::conflict: return 409;
    case fault_kind::precondition_failed: return 412;
    case fault_kind::too_large: return 413;
    case fault_kind::unsupported_media_type: return 415;
    case fault_kind::unprocessable: return 422;
    case fault_kind::too_many_requests: return 429;
    case fault_kind::internal: return 500;
    case fault_kind::unavailable: return 503;
    case fault_kind::timeout: return 504;
  }
  return 500;
}

bool is_transient(const fault& f) {
  return f.kind == fault_kind::unavailable || f.kind == fault_kind::timeout ||
         f.kind == fault_kind::too_many_requests;
}

fault validation_failed(std::vector<field_error> errors, std::size_t unnamed) {
  auto total = errors.size() + unnamed;
  errors.resize(std::min(errors.size(), most_field_errors));
  auto more = total - errors.size();
  auto message = more > 0 ? fmt::format("{} fields are invalid; {} of them are named.", total, errors.size())
                          : fmt::format("{} fields are invalid.", total);
  if (total == 1) {
    const auto& [field, text] = errors.front();
    // The stories quote the field's name as code: "`breakType` is required."
    message = !field.empty() && text.starts_with(field)
                  ? fmt::format("`{}`{}", field, text.substr(field.size()))
                  : text;
  }
  auto result = make(fault_kind::invalid, "VALIDATION_FAILED", std::move(message));
  result.field_errors = std::move(errors);
  if (more > 0)
    result.details = raw_json{fmt::format(R"({{"moreFieldErrors":{}}})", more)};
  return result;
}

fault access_denied() {
  return make(fault_kind::forbidden, "ACCESS_DENIED", "Access Denied");
}

fault unauthenticated(std::string message) {
  return make(fault_kind::unauthenticated, "UNAUTHENTICATED", std::move(message));
}

fault busy(std::string message) {
  auto result = make(fault_kind::unavailable, "BUSY", std::move(message));
  result.retry_after_s = 1;
  return result;
}

fault unavailable(std::string message) {
  auto result = make(fault_kind::unavailable, std::string{unavailable_code}, std::move(message));
  result.retry_after_s = 2;
  return result;
}

fault outcome_unknown() {
  return make(fault_kind::timeout, "TIMEOUT", "Outcome unknown; repeat with the same Idempotency-Key.");
}

fault internal_error() {
  return make(fault_kind::internal, "INTERNAL_ERROR",
              "Something went wrong on our side; the correlation id finds it in our logs.");
}

}  // namespace musterd
