#pragma once

#include "common/fault.hpp"
#include "domain/kernel/context.hpp"

#include <chrono>

namespace musterd {

struct route;

/// A request to change something, from arrival to answer: what can be told of it whichever of gate, access
/// check, handler or record answers.
struct change_attempt {
  const route* asked = nullptr;
  /// Names no caller until the access check knows it.
  request_context ctx;
  /// `{userId}` of the path, as received.
  std::string user_id;
  /// The reason code in the body, once that is read.
  std::optional<std::string> reason_code;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

/// An attempt's outcome.
struct attempt_end {
  int status = 0;
  /// Null for success, and where the transport refused without a fault.
  const fault* refusal = nullptr;
  /// The answer is an earlier request's.
  bool replayed = false;
};

}  // namespace musterd
