#pragma once

#include "common/json/described.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// Kind of failure. Maps to an HTTP status (`http_status`), and for a consumer to retry or reject
/// (`is_transient`).
enum class fault_kind {
  invalid,
  unauthenticated,
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,
  conflict,
  precondition_failed,
  too_large,
  unsupported_media_type,
  unprocessable,
  too_many_requests,
  internal,
  unavailable,
  timeout,
};
BOOST_DESCRIBE_ENUM(fault_kind, invalid, unauthenticated, forbidden, not_found, method_not_allowed,
                    request_timeout, conflict, precondition_failed, too_large, unsupported_media_type,
                    unprocessable, too_many_requests, internal, unavailable, timeout)

/// A wrong field of a request: its camelCase path ("contactInfo.primaryEmail") and what is wrong with it.
struct field_error {
  std::string field;
  std::string message;
  friend bool operator==(const field_error&, const field_error&) = default;
};
BOOST_DESCRIBE_STRUCT(field_error, (), (field, message))

/// The project's only error type (D-11). `code` is for programs, `message` for people.
struct fault {
  fault_kind kind = fault_kind::internal;
  std::string code;
  std::string message;
  std::vector<field_error> field_errors;
  /// Extra facts for the caller.
  std::optional<raw_json> details;
  /// Retry-After in seconds (503, 429).
  std::optional<std::int64_t> retry_after_s;
  /// Maximum age of the caller's sign-in, in seconds (RFC 9470).
  std::optional<std::int64_t> sign_in_within_s = {};
  friend bool operator==(const fault&, const fault&) = default;
};
/// For those who are told in one text.
std::string code_and_message(const fault& f);
BOOST_DESCRIBE_STRUCT(fault, (),
                      (kind, code, message, field_errors, details, retry_after_s, sign_in_within_s))

/// boost::system::result calls this for an unchecked `value()`.
[[noreturn]] void throw_exception_from_error(const fault& f, const boost::source_location& where);

template <class T>
using outcome = boost::system::result<T, fault>;

int http_status(fault_kind kind);

/// Whether a later retry may succeed with nothing else changed.
bool is_transient(const fault& f);

/// Maximum number of wrong fields a fault names, which bounds the answer.
inline constexpr std::size_t most_field_errors = 20;
/// 400 VALIDATION_FAILED. A single wrong field provides the message (S84-AC4). Message and details count
/// those not named: beyond `most_field_errors`, or `unnamed` and only counted.
fault validation_failed(std::vector<field_error> errors, std::size_t unnamed = 0);
/// 403 without a reason.
fault access_denied();
fault unauthenticated(std::string message);
/// 503 with Retry-After.
fault busy(std::string message);
/// 503 with Retry-After; nothing was changed.
fault unavailable(std::string message);
inline constexpr std::string_view unavailable_code = "UNAVAILABLE";
/// 504: unknown whether it was done.
fault outcome_unknown();
/// 500 without internals.
fault internal_error();

}  // namespace musterd
