#include "server/broker.hpp"

#include "server/parts.hpp"

namespace musterd {
namespace {

/// The audit key stands for all servers of this database. Without a file it is a new one at each start, and
/// the queues outlive it.
std::optional<event_seal> seal_from(const server::parts& p) {
  return p.config.audit_chain_key_file.empty() ? std::nullopt : std::optional{event_seal{p.chain_key}};
}

}  // namespace

amqp_options broker_from(const server_config& c) {
  amqp_options o;
  o.url = c.amqp_url;
  o.tls = {c.messaging_tls_ca_file, {c.messaging_tls_certificate_file, c.messaging_tls_key_file}};
  return o;
}

consumer_options consuming_from(const server::parts& p) {
  return {p.config.database_url, broker_from(p.config), seal_from(p)};
}

relay_options relay_from(server::parts& p) {
  relay_options o;
  o.database_url = p.config.database_url;
  o.broker = broker_from(p.config);
  o.seal = seal_from(p);
  o.read_limit = static_cast<std::size_t>(p.config.messaging_relay_window);
  for (const auto& worker : p.consumers)
    o.consumers.push_back(worker->spec());
  o.confirmed = [&latency =
                     p.counted.histogram("outbox_publish_latency_seconds")](std::chrono::microseconds took) {
    latency.Observe(std::chrono::duration<double>{took}.count());
  };
  return o;
}

}  // namespace musterd
