#pragma once

#include "messaging/amqp/amqp_connection.hpp"

namespace musterd {

/// Connects, with handshake. The broker's certificate must come from a trusted authority and match the host's
/// name or address. Throws amqp_connection_lost with the reason, and amqp_error if files of `options.tls` are
/// unusable. `options.cut` is honoured once connected: until then `options.connect_timeout` is the limit.
void open_tls_socket(amqp_connection_state_t_* state, const std::string& host, int port,
                     const amqp_options& options);

}  // namespace musterd
