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
  /// What Strict-Transport-Security says; nothing where the client came in the clear.
  std::chrono::seconds hsts{0};
  /// The page that may read it.
  std::string_view allowed_origin = {};
  /// Another page might get another answer.
  bool varies_by_origin = false;
};

/// Appends status line, headers and body: one buffer, one write. A long body is for the
/// connection to send.
void append_response(std::string& out, const http_response& response, const response_frame& frame);

}  // namespace musterd
