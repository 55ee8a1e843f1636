#pragma once

#include "tests/support/http_client.hpp"

#include <functional>

namespace musterd::testing {

/// Called with every answer to any client, on the client's thread.
using answer_watcher = std::function<void(const std::string& method, const std::string& path,
                                          const http_message& message, const http_answer& answer)>;
/// Watches everything sent afterwards; call it before there are other threads.
void watch_answers(answer_watcher watcher);

}  // namespace musterd::testing
