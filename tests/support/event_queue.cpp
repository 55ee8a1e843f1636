#include "tests/support/event_queue.hpp"

#include "tests/support/network/broker_link.hpp"

#include <chrono>
#include <stdexcept>

namespace musterd::testing {
namespace {

constexpr auto channel = broker_link::channel;

/// Durable and replicated like the real consumers' queues, so that it outlives a killed broker.
void declare(const broker_link& broker, const std::string& exchange, const std::string& queue) {
  amqp_exchange_declare(broker, channel, amqp_text(exchange), amqp_cstring_bytes("topic"), 0, 1, 0, 0,
                        amqp_empty_table);
  broker.check("the exchange cannot be declared");
  amqp_table_entry_t kind{};
  kind.key = amqp_cstring_bytes("x-queue-type");
  kind.value.kind = AMQP_FIELD_KIND_UTF8;
  kind.value.value.bytes = amqp_cstring_bytes("quorum");
  amqp_queue_declare(broker, channel, amqp_text(queue), 0, 1, 0, 0, {1, &kind});
  broker.check("the queue cannot be declared");
  amqp_queue_bind(broker, channel, amqp_text(queue), amqp_text(exchange), amqp_cstring_bytes("#"),
                  amqp_empty_table);
  broker.check("the queue cannot be bound");
  amqp_basic_qos(broker, channel, 0, 500, 0);
  amqp_basic_consume(broker, channel, amqp_text(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  broker.check("the queue cannot be read");
}

received_message read(const amqp_envelope_t& envelope) {
  const auto& properties = envelope.message.properties;
  auto property = [&](amqp_flags_t flag, amqp_bytes_t value) {
    return (properties._flags & flag) != 0 ? text_of(value) : std::string{};
  };
  return {property(AMQP_BASIC_MESSAGE_ID_FLAG, properties.message_id),
          property(AMQP_BASIC_TYPE_FLAG, properties.type), text_of(envelope.routing_key),
          property(AMQP_BASIC_CORRELATION_ID_FLAG, properties.correlation_id),
          text_of(envelope.message.body)};
}

}  // namespace

event_queue::event_queue(std::string amqp_url, std::string exchange, std::string queue)
    : url_{std::move(amqp_url)}, exchange_{std::move(exchange)}, queue_{std::move(queue)},
      thread_{[this](const std::stop_token& stop) { run(stop); }} {
  std::unique_lock lock{mutex_};
  if (bound_changed_.wait_for(lock, std::chrono::seconds{30}, [this] { return bound_; }))
    return;
  lock.unlock();
  thread_.request_stop();
  thread_.join();
  throw std::runtime_error{"the queue " + queue_ + " cannot be used: " + last_error_};
}

event_queue::~event_queue() = default;

void event_queue::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      consume(stop);
    } catch (const std::runtime_error& e) {
      std::lock_guard lock{mutex_};
      last_error_ = e.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
}

void event_queue::consume(const std::stop_token& stop) {
  broker_link broker{url_};
  declare(broker, exchange_, queue_);
  {
    std::lock_guard lock{mutex_};
    bound_ = true;
  }
  bound_changed_.notify_all();
  while (!stop.stop_requested()) {
    auto envelope = broker.next(std::chrono::milliseconds{100});
    if (!envelope)
      continue;
    keep(read(*envelope));
    auto tag = envelope->delivery_tag;
    amqp_destroy_envelope(&*envelope);
    if (amqp_basic_ack(broker, channel, tag, 0) != AMQP_STATUS_OK)
      throw std::runtime_error{"the connection to the broker ended"};
  }
}

void event_queue::keep(received_message message) {
  std::lock_guard lock{mutex_};
  if (known_ids_.insert(message.message_id).second)
    messages_.push_back(std::move(message));
  else
    ++duplicates_;
}

std::vector<received_message> event_queue::received() const {
  std::lock_guard lock{mutex_};
  return messages_;
}

std::size_t event_queue::count() const {
  std::lock_guard lock{mutex_};
  return messages_.size();
}

}  // namespace musterd::testing
