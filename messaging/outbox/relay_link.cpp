#include "messaging/outbox/relay_link.hpp"

#include "common/observation/log.hpp"

namespace musterd {
namespace {

constexpr amqp_connection::channel_id publishing = 1, trying = 2, asking = 3;
constexpr std::size_t longest_exchange = 255;

std::map<refusing_routes::route, std::set<std::size_t>>
takers_of(const std::vector<consumer_spec>& consumers) {
  std::map<refusing_routes::route, std::set<std::size_t>> result;
  for (std::size_t i = 0; i < consumers.size(); ++i) {
    result[{"", consumers[i].queue}].insert(i);
    for (const auto& [exchange, key] : consumers[i].bindings)
      if (key.find_first_of("*#") == std::string::npos)
        result[{exchange, key}].insert(i);
  }
  return result;
}

}  // namespace

refusing_routes::route route_of(const outbox_row& row) {
  return {row.exchange, row.routing_key};
}

relay_link::relay_link(const amqp_options& options, std::vector<consumer_spec> consumers,
                       std::optional<event_seal> seal)
    : options_{options}, consumers_{std::move(consumers)}, takers_{takers_of(consumers_)},
      seal_{std::move(seal)} {
  options_.name += " relay";
}

void relay_link::connect(const std::stop_token& cut, const std::function<void()>& between) {
  options_.cut = cut;
  broker_ = std::make_unique<amqp_connection>(options_);
  for (auto channel : {publishing, trying, asking})
    broker_->open_channel(channel);
  for (auto channel : {publishing, trying})
    broker_->enable_confirms(channel);
  declare_exchanges(*broker_, asking);
  for (const auto& consumer : consumers_) {
    between();
    if (!left_out_.contains(consumer.name))
      declare(consumer);
  }
  left_out_.clear();
  known_exchanges_ = {""};
  for (const auto& exchange : server_exchanges())
    known_exchanges_.insert(exchange.name);
}

void relay_link::declare_queues(const refusing_routes::route& at) {
  if (auto takers = takers_.find(at); takers != takers_.end())
    for (auto taker : takers->second)
      declare(consumers_[taker]);
}

void relay_link::declare(const consumer_spec& consumer) try {
  declare_or_accept(*broker_, asking, consumer);
} catch (const amqp_refused& refusal) {
  broker_->open_channel(asking);
  log::error({"relay", "queue_missing"}, "{}: {}", consumer.queue, refusal.what());
} catch (const amqp_connection_lost& lost) {
  left_out_.insert(consumer.name);
  log::error({"relay", "queue_silent"}, "{}: {}", consumer.queue, lost.what());
  throw;
}

void relay_link::close() {
  if (broker_)
    broker_->close();
  broker_.reset();
}

/// A channel dies of a publish to an exchange that is not there, and with it the order of everything on its
/// way. A name that is too long `publish` refuses by itself.
void relay_link::ensure_exchange(const std::string& name) {
  if (known_exchanges_.contains(name) || name.size() > longest_exchange)
    return;
  if (!broker_->has_exchange(asking, name)) {
    try {
      broker_->declare_exchange(asking, name, "topic");
    } catch (const amqp_refused&) {
      broker_->open_channel(asking);
      throw;
    }
    log::error({"relay", "exchange_missing"}, "exchange {} was missing and is declared as a topic", name);
  }
  known_exchanges_.insert(name);
}

relay_lane relay_link::lane_of(const amqp_confirm& confirm) {
  return confirm.channel == trying ? relay_lane::trial : relay_lane::usual;
}

void relay_link::publish(const outbox_row& row, relay_lane lane) {
  ensure_exchange(row.exchange);
  std::vector<amqp_header> headers{{"key", row.entity_key}, {"tenant", row.tenant_id}};
  if (row.traceparent)
    headers.push_back({"traceparent", *row.traceparent});
  auto seal = seal_ ? seal_->of(row.entity_key, row.body) : std::string{};
  if (seal_)
    headers.push_back({seal_header, seal});
  amqp_publication message;
  message.exchange = row.exchange;
  message.routing_key = row.routing_key;
  message.body = row.body;
  message.message_id = row.event_id;
  message.type = row.event_type;
  message.correlation_id = row.correlation_id;
  message.timestamp_s = row.occurred_at_s;
  message.headers = headers;
  // What goes to no queue of ours may have no consumer anywhere, and that is right.
  message.mandatory = row.exchange.empty() || has_consumer(route_of(row));
  broker_->publish(lane == relay_lane::trial ? trying : publishing, message);
}

}  // namespace musterd
