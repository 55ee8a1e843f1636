#pragma once

#include "messaging/amqp/amqp_connection.hpp"

namespace musterd {

/// Connects and shakes hands. The broker's certificate must be of an authority we trust and name the host, be
/// that a name or an address. Throws amqp_connection_lost with the reason, and amqp_error where files of
/// `options.tls` cannot be used. `options.cut` is heeded again once it is connected: until then
/// `options.connect_timeout` limits it.
void open_tls_socket(amqp_connection_state_t_* state, const std::string& host, int port,
                     const amqp_options& options);

}  // namespace musterd
