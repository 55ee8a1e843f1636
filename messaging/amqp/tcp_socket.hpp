#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace musterd {

/// A connected socket that does not block, for the caller to close. Throws amqp_connection_lost when nobody
/// answers within `patience` at any address of `host`, or `cut` is requested meanwhile.
int connect_tcp(const std::string& host, int port, std::chrono::milliseconds patience,
                const std::stop_token& cut);

}  // namespace musterd
