#pragma once

#include "messaging/inbox/consumer.hpp"
#include "messaging/outbox/outbox_relay.hpp"
#include "server/server.hpp"

namespace musterd {

consumer_options consuming_from(const server::parts& p);
/// The queues of all consumers are the relay's to declare.
relay_options relay_from(server::parts& p);

}  // namespace musterd
