#include "server/broker.hpp"

#include "server/parts.hpp"

namespace musterd {
namespace {

/// The audit key identifies all servers of this database. Without a file it changes at each start, while the
/// queues persist, so there is no seal.
std::optional<event_seal> seal_from(const server::parts& p) {
  return p.settings.audit.chain_key_file.empty() ? std::nullopt : std::optional{event_seal{p.chain_key}};
}

}  // namespace

consumer_options consuming_from(const server::parts& p) {
  return {p.settings.database.url, p.settings.messaging.broker, seal_from(p)};
}

relay_options relay_from(server::parts& p) {
  relay_options o;
  o.leases = &p.leases;
  o.broker = p.settings.messaging.broker;
  o.seal = seal_from(p);
  o.read_limit = p.settings.messaging.relay_window;
  for (const auto& worker : p.consumers)
    o.consumers.push_back(worker->spec());
  o.confirmed = [&latency =
                     p.counted.histogram("outbox_publish_latency_seconds")](std::chrono::microseconds took) {
    latency.Observe(std::chrono::duration<double>{took}.count());
  };
  return o;
}

}  // namespace musterd
