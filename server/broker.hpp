#pragma once

#include "messaging/inbox/consumer.hpp"
#include "messaging/outbox/outbox_relay.hpp"
#include "server/server.hpp"

namespace musterd {

consumer_options consuming_from(const server::parts& p);
/// The relay declares the queues of all consumers.
relay_options relay_from(server::parts& p);

}  // namespace musterd
