#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace musterd {

/// A connected, non-blocking socket, for the caller to close. Throws amqp_connection_lost if no address of
/// `host` answers within `patience`, or `cut` is requested meanwhile.
int connect_tcp(const std::string& host, int port, std::chrono::milliseconds patience,
                const std::stop_token& cut);

}  // namespace musterd
