#include "messaging/amqp/topology.hpp"

#include "common/observation/log.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

/// Retries need message expiry, which quorum queues support since 3.10.
bool use_quorum(const amqp_connection& broker, queue_kind kind) {
  return kind == queue_kind::quorum || (kind == queue_kind::best && broker.broker_version() >= 310);
}

amqp_arguments common_arguments(bool quorum) {
  if (!quorum)
    return {};
  // Redeliveries while the database or we were away must never drop a message (RabbitMQ 4 gives up after 20):
  // the consumer decides what counts as a failure.
  return {{"x-queue-type", std::string{"quorum"}}, {"x-delivery-limit", std::int64_t{1'000'000'000}}};
}

amqp_arguments main_arguments(bool quorum, const consumer_spec& consumer) {
  auto arguments = common_arguments(quorum);
  arguments["x-dead-letter-exchange"] = dead_letter_exchange;
  arguments["x-dead-letter-routing-key"] = consumer.queue;
  // One active server at a time, or the order per key would be lost.
  arguments["x-single-active-consumer"] = true;
  return arguments;
}

/// The newest, for the broker's operator. Letters are in the table, within budgets; beyond them these copies
/// are all there is. Arguments of a queue that exists cannot be changed: bytes are bounded by a policy, if at
/// all.
amqp_arguments dead_letter_arguments(bool quorum) {
  auto arguments = common_arguments(quorum);
  arguments["x-max-length"] = std::int64_t{100'000};
  return arguments;
}

amqp_arguments retry_arguments(bool quorum, const consumer_spec& consumer) {
  auto arguments = common_arguments(quorum);
  // The delay is set per message: as a queue argument it could never be reconfigured.
  arguments["x-dead-letter-exchange"] = std::string{};
  arguments["x-dead-letter-routing-key"] = consumer.queue;
  if (quorum) {
    arguments["x-dead-letter-strategy"] = std::string{"at-least-once"};
    arguments["x-overflow"] = std::string{"reject-publish"};
  }
  return arguments;
}

}  // namespace

std::string retry_queue(const consumer_spec& consumer, std::size_t attempt) {
  return fmt::format("{}.retry.{}", consumer.queue, attempt);
}

std::string dead_letter_queue(const consumer_spec& consumer) {
  return consumer.queue + ".dlq";
}

const std::vector<exchange_spec>& server_exchanges() {
  static const std::vector<exchange_spec> all{
      {"people.events", "topic"}, {"security.events", "topic"},     {"workexec.events", "topic"},
      {"hr.events", "topic"},     {"audit.events", "topic"},        {"workexec.commands", "direct"},
      {"ops.alerts", "topic"},    {dead_letter_exchange, "direct"},
  };
  return all;
}

void declare_exchanges(amqp_connection& broker, amqp_connection::channel_id channel) {
  for (const auto& exchange : server_exchanges())
    try {
      broker.declare_exchange(channel, exchange.name, exchange.type);
    } catch (const amqp_refused& refusal) {
      broker.open_channel(channel);
      if (!broker.has_exchange(channel, exchange.name))
        throw;
      log::error({"messaging", "exchange_differs"}, "used as it is: {}", refusal.what());
    }
}

void declare_consumer(amqp_connection& broker, amqp_connection::channel_id channel,
                      const consumer_spec& consumer) {
  auto quorum = use_quorum(broker, consumer.kind);
  broker.declare_queue(channel, dead_letter_queue(consumer), dead_letter_arguments(quorum));
  broker.bind_queue(channel, dead_letter_queue(consumer), dead_letter_exchange, consumer.queue);
  for (std::size_t attempt = 1; attempt <= consumer.retry_delays.size(); ++attempt)
    broker.declare_queue(channel, retry_queue(consumer, attempt), retry_arguments(quorum, consumer));
  broker.declare_queue(channel, consumer.queue, main_arguments(quorum, consumer));
  for (const auto& [exchange, key] : consumer.bindings)
    broker.bind_queue(channel, consumer.queue, exchange, key);
}

void declare_or_accept(amqp_connection& broker, amqp_connection::channel_id channel,
                       const consumer_spec& consumer) try {
  declare_consumer(broker, channel, consumer);
} catch (const amqp_refused& refusal) {
  broker.open_channel(channel);
  broker.queue_depth(channel, consumer.queue);  // throws if it does not exist
  log::error({"messaging", "queue_differs"}, "used as it is: {}", refusal.what());
}

}  // namespace musterd
