#include "messaging/inbox/consumer_link.hpp"

#include "messaging/event_seal.hpp"
#include "messaging/inbox/envelope_limits.hpp"
#include "messaging/inbox/storable_text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr amqp_connection::channel_id consuming = 1, publishing = 1;
constexpr auto confirm_patience = 10s;
constexpr std::size_t header_error_kept = 500;
/// A week in milliseconds: no decision ever removes these copies.
constexpr std::string_view unwritten_kept = "604800000";

amqp_options named(amqp_options options, const consumer_spec& consumer) {
  options.name += " " + consumer.name;
  // One byte more, to tell a message of exactly the limit from a longer one.
  options.max_body = consumer.max_body + 1;
  return options;
}

amqp_options listening(amqp_options options) {
  options.only_listens = true;
  return options;
}

}  // namespace

consumer_link::consumer_link(const amqp_options& options, const consumer_spec& consumer)
    : consumer_{consumer}, options_{named(options, consumer)}, broker_{listening(options_)} {
  broker_.open_channel(consuming);
  declare_exchanges(broker_, consuming);
  declare_consumer(broker_, consuming, consumer_);
  broker_.limit_prefetch(consuming, consumer_.prefetch);
  broker_.subscribe(consuming, consumer_.queue, consumer_.name);
}

std::vector<received_event> consumer_link::gather(const wake_signal& wake,
                                                  std::chrono::milliseconds patience) {
  auto result = std::exchange(postponed_, {});
  std::size_t bytes = 0;
  for (const auto& message : result)
    bytes += message.size();
  if (publisher_)
    publisher_->wait(0ms);  // serves its heartbeats
  if (!broker_.has_buffered())
    wake.sleep(broker_.descriptor(), patience);
  while (result.size() < consumer_.prefetch && bytes < batch_bytes) {
    auto signal = broker_.wait(0ms);
    if (auto* delivery = std::get_if<amqp_delivery>(&signal)) {
      result.push_back(read_delivery(std::move(*delivery), consumer_.max_body, consumer_.ordered));
      bytes += result.back().size();
    } else if (std::holds_alternative<amqp_cancelled>(signal))
      throw amqp_error{fmt::format("the broker ended the subscription to {}", consumer_.queue)};
    else if (signal.index() == 0)
      break;
  }
  return result;
}

amqp_connection& consumer_link::publisher() {
  if (!publisher_) {
    publisher_.emplace(options_);
    publisher_->open_channel(publishing);
    publisher_->enable_confirms(publishing);
    published_ = 0;
  }
  return *publisher_;
}

/// Mandatory, so that a missing queue is noticed before the original is acknowledged.
void consumer_link::publish(amqp_publication message) {
  message.mandatory = true;
  publisher().publish(publishing, message);
  unconfirmed_.insert(++published_);
}

void consumer_link::await_confirms() {
  auto deadline = std::chrono::steady_clock::now() + confirm_patience;
  std::string returned;
  while (!unconfirmed_.empty()) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    auto signal = publisher().wait(std::max(left, 0ms));
    if (auto* back = std::get_if<amqp_returned>(&signal))
      returned = fmt::format("{}: {}", back->routing_key, back->text);
    else if (signal.index() == 0 && left <= 0ms)
      throw amqp_connection_lost{"the broker did not confirm a message in time"};
    else if (auto* confirm = std::get_if<amqp_confirm>(&signal)) {
      if (!confirm->accepted || !returned.empty())
        throw amqp_error{
            fmt::format("the broker did not take a message of {}: {}", consumer_.queue, returned)};
      if (confirm->multiple)
        unconfirmed_.erase(unconfirmed_.begin(), unconfirmed_.upper_bound(confirm->tag));
      else
        unconfirmed_.erase(confirm->tag);
    }
  }
}

void consumer_link::publish_copy(const received_event& message, amqp_publication to, std::string_view reason,
                                 const std::string& error, std::string_view attempts,
                                 std::string_view letter) {
  // The seal covers the key as the sender named it.
  auto key = to_string(message.named_key());
  auto seal = header_text(message.raw, seal_header);
  if (auto named = header_text(message.raw, key_header); is_plain_name(seal) && is_plain_name(named))
    key = named;
  else
    seal = {};
  auto tenant = to_string(message.event.tenant_id);
  auto safe_error = storable_text(std::string_view{error}.substr(0, header_error_kept));
  auto event_id = message.broken ? message.raw.message_id : to_string(message.event.event_id);
  std::vector<amqp_header> headers{
      {"x-reason", reason}, {"x-error", safe_error}, {"x-consumer", consumer_.name}};
  if (!message.broken) {
    headers.push_back({key_header, key});
    headers.push_back({"tenant", tenant});
  }
  if (!seal.empty())
    headers.push_back({seal_header, seal});
  if (!letter.empty())
    headers.push_back({letter_header, letter});
  if (!attempts.empty())
    headers.push_back({attempts_header, attempts});
  if (!message.event.traceparent.empty())
    headers.push_back({traceparent_header, message.event.traceparent});
  // Properties are short strings on the wire; whatever is cut off is in the body.
  auto fit = [](std::string_view text) { return text.substr(0, 255); };
  to.body = message.raw.body;
  to.message_id = fit(event_id);
  to.type = fit(message.broken ? message.raw.type : message.event.event_type);
  to.correlation_id = fit(message.broken ? message.raw.correlation_id : message.event.correlation_id);
  to.timestamp_s =
      std::chrono::floor<std::chrono::seconds>(message.broken ? wall_clock_now() : message.event.occurred_at)
          .time_since_epoch()
          .count();
  to.headers = headers;
  publish(to);
}

void consumer_link::send_to_retry(const received_event& message, int attempt, const std::string& error) {
  auto queue = retry_queue(consumer_, static_cast<std::size_t>(attempt));
  auto delay = std::to_string(consumer_.retry_delays[static_cast<std::size_t>(attempt - 1)].count());
  amqp_publication to;
  to.routing_key = queue;
  to.expiration = delay;
  publish_copy(message, to, "RETRY", error, std::to_string(attempt), {});
  await_confirms();
}

void consumer_link::send_to_dead_letters(std::span<const dead_copy> copies) {
  constexpr std::size_t at_once = 32;
  auto queue = dead_letter_queue(consumer_);
  for (const auto& copy : copies) {
    amqp_publication to;
    to.routing_key = queue;
    if (copy.letter.empty() || copy.letter == no_letter)
      to.expiration = unwritten_kept;
    publish_copy(*copy.message, to, copy.reason, copy.error, {}, copy.letter);
    if (unconfirmed_.size() >= at_once)
      await_confirms();
  }
  await_confirms();
}

void consumer_link::acknowledge(const received_event& message) {
  if (message.from_broker())
    broker_.acknowledge(consuming, message.raw.tag, false);
}

void consumer_link::acknowledge_all(const received_event& last) {
  broker_.acknowledge(consuming, last.raw.tag, true);
}

void consumer_link::close() {
  broker_.close();
  if (publisher_)
    publisher_->close();
}

}  // namespace musterd
