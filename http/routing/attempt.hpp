#pragma once

#include "common/fault.hpp"
#include "domain/kernel/context.hpp"

#include <chrono>

namespace musterd {

struct route;

/// A request to change something, from its arrival to its answer: what there is to say of it whoever answers,
/// be it the gate, the access check, a handler or a record.
struct change_attempt {
  const route* asked = nullptr;
  /// Nobody's until the access check knows who calls.
  request_context ctx;
  /// `{userId}` of the path, as it came.
  std::string user_id;
  /// The reason code of the body, once that is read.
  std::optional<std::string> reason_code;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

/// How it ended.
struct attempt_end {
  int status = 0;
  /// Null for success, and where the transport refused without one.
  const fault* refusal = nullptr;
  /// The answer is an earlier request's.
  bool replayed = false;
};

}  // namespace musterd
