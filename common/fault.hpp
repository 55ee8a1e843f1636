#pragma once

#include "common/json/described.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace musterd {

/// What sort of failure it is. Maps once to an HTTP status (`http_status`), once to what a consumer does with
/// the message (`is_transient`).
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

/// One wrong field of a request: its path in camelCase ("contactInfo.primaryEmail") and what is wrong.
struct field_error {
  std::string field;
  std::string message;
  friend bool operator==(const field_error&, const field_error&) = default;
};
BOOST_DESCRIBE_STRUCT(field_error, (), (field, message))

/// The one error of the project (D-11). `code` is for programs, `message` for people.
struct fault {
  fault_kind kind = fault_kind::internal;
  std::string code;
  std::string message;
  std::vector<field_error> field_errors;
  /// Extra facts for the caller.
  std::optional<raw_json> details;
  /// Seconds after which a retry makes sense (503, 429).
  std::optional<std::int64_t> retry_after_s;
  /// The caller has to have signed in within so many seconds (RFC 9470).
  std::optional<std::int64_t> sign_in_within_s = {};
  friend bool operator==(const fault&, const fault&) = default;
};
BOOST_DESCRIBE_STRUCT(fault, (),
                      (kind, code, message, field_errors, details, retry_after_s, sign_in_within_s))

/// boost::system::result wants to know what to throw from an unchecked `value()`.
[[noreturn]] void throw_exception_from_error(const fault& f, const boost::source_location& where);

template <class T>
using outcome = boost::system::result<T, fault>;

int http_status(fault_kind kind);

/// Whether trying the same again later may succeed without anybody changing anything.
bool is_transient(const fault& f);

/// A fault names no more wrong fields than this: whoever sends a hundred thousand gets no longer an answer.
inline constexpr std::size_t most_field_errors = 20;
/// 400 VALIDATION_FAILED. With a single wrong field the message is that field's own (S84-AC4).
/// Beyond `most_field_errors`, and with `unnamed` errors that were only counted, message and details say how
/// many more there are.
fault validation_failed(std::vector<field_error> errors, std::size_t unnamed = 0);
fault not_found(std::string code, std::string message);
fault conflict(std::string code, std::string message);
/// 403; says nothing about why.
fault access_denied();
fault unauthenticated(std::string message);
/// 503 with Retry-After.
fault busy(std::string message);
/// 503 with Retry-After: nothing was changed.
fault unavailable(std::string message);
inline constexpr std::string_view unavailable_code = "UNAVAILABLE";
/// 504: the caller cannot know whether it was done.
fault outcome_unknown();
/// 500 without internals.
fault internal_error();

}  // namespace musterd
