#pragma once

#include "http/message/response.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace musterd {

/// What the connection adds to an answer.
struct response_frame {
  std::string_view correlation_id;
  bool head_request = false;
  bool keep_alive = true;
  bool http10 = false;
  /// For Strict-Transport-Security; 0 if the client did not use https.
  std::chrono::seconds hsts{0};
  /// The origin whose pages may read the answer.
  std::string_view allowed_origin = {};
  /// The answer may differ by origin.
  bool varies_by_origin = false;
};

/// Appends status line, headers and body: one buffer, one write. The connection sends a long body itself.
void append_response(std::string& out, const http_response& response, const response_frame& frame);

}  // namespace musterd
