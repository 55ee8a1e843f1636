#include "messaging/outbox_relay.hpp"

#include "common/crash_point.hpp"
#include "common/log.hpp"
#include "messaging/topology.hpp"

#include <array>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr amqp_connection::channel_id publishing = 1, asking = 2;
/// After a stop, how long confirms of what was sent are awaited.
constexpr auto drain_time = 2s;
/// How often a row may be alone on its way when the broker closes the channel, or when the connection ends,
/// before it is to blame. Brokers die of many things, so one that just goes away proves little.
constexpr int bearable_refusals = 1, bearable_closes = 2, bearable_losses = 5;
/// However long a walk over the whole outbox takes, somebody who is not in a hurry starts the next by then.
constexpr auto longest_without_walk = 30s;
/// What kills a connection does it at once.
constexpr auto suspicious_for = 30s;
/// The broker is shut down, or its operator closed the connection.
constexpr int connection_forced = 320;
constexpr std::size_t longest_exchange = 255;

void publish(amqp_connection& broker, const outbox_row& row) {
  std::array<amqp_header, 3> headers{
      {{"key", row.entity_key}, {"tenant", row.tenant_id}, {"traceparent", {}}}};
  if (row.traceparent)
    headers[2].second = *row.traceparent;
  amqp_publication message;
  message.exchange = row.exchange;
  message.routing_key = row.routing_key;
  message.body = row.body;
  message.message_id = row.event_id;
  message.type = row.event_type;
  message.correlation_id = row.correlation_id;
  message.timestamp_s = row.occurred_at_s;
  message.headers = std::span{headers.data(), row.traceparent ? 3u : 2u};
  broker.publish(publishing, message);
}

refusing_routes::route route_of(const outbox_row& row) {
  return {row.exchange, row.routing_key};
}

}  // namespace

outbox_relay::outbox_relay(relay_options options, messaging_stats& stats)
    : options_{std::move(options)}, stats_{stats} {}

void outbox_relay::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  stopping_.take();
  options_.broker.cut = until.cut;
  std::stop_callback wake{until.stop, [this] {
                            stopping_.raise();
                            wake_.raise();
                          }};
  while (!until.stop.stop_requested()) {
    try {
      turn(until);
    } catch (const amqp_error& error) {
      suspect(error);
      lose_broker(error);
      stopping_.sleep(-1, broker_backoff_.next());
    } catch (const std::exception& error) {
      lose_database(error);
      stopping_.sleep(-1, database_backoff_.next());
    }
  }
  try {
    drain();
  } catch (const std::exception& error) {
    log::warn({"relay", "drain_incomplete"}, "unconfirmed rows stay in the outbox: {}", error.what());
  }
  if (broker_)
    broker_->close();
  broker_.reset();
  store_.reset();
  window_.forget();
  stats_.broker_up = stats_.relay_leads = false;
}

/// One round: read, publish, hear, delete. Sleeps only where there is nothing to do.
void outbox_relay::turn(const ending& until) {
  if (!store_) {
    store_ = std::make_unique<outbox_store>(options_.database_url, session_, until.cut);
    database_backoff_.reset();
  }
  measure();
  if (!lead()) {
    stopping_.sleep(-1, options_.poll);
    return;
  }
  if (culprit_) {
    set_aside(culprit_->first, culprit_->second);
    culprit_.reset();
  }
  if (!broker_)
    connect_broker();
  if (wake_.take())
    more_ = true;
  if (clock::now() >= next_poll_) {
    next_poll_ = clock::now() + options_.poll;
    more_ = true;
    anywhere_ = anywhere_ || clock::now() >= next_look_around_;
  }
  try_refused();
  delete_confirmed();
  fill();
  publish_ready();
  collect();
}

bool outbox_relay::lead() {
  auto leads = store_->try_lead();
  if (leads && !stats_.relay_leads.exchange(true))
    log::info({"relay", "leads"}, "this server publishes the outbox");
  return leads;
}

void outbox_relay::connect_broker() {
  auto options = options_.broker;
  options.name += " relay";
  auto broker = std::make_unique<amqp_connection>(options);
  broker->open_channel(publishing);
  broker->open_channel(asking);
  broker->enable_confirms(publishing);
  declare_exchanges(*broker, asking);
  for (const auto& consumer : options_.consumers)
    declare_or_accept(*broker, asking, consumer);
  known_exchanges_ = {""};
  for (const auto& exchange : server_exchanges())
    known_exchanges_.insert(exchange.name);
  broker_ = std::move(broker);
  more_ = anywhere_ = true;
  stats_.broker_up = true;
  log::info({"relay", "broker_up"}, "connected to the broker");
}

bool outbox_relay::may_read() const {
  return more_ && window_.loaded() + options_.read_limit <= options_.most_loaded &&
         window_.bytes() < options_.most_bytes;
}

/// What is tried may be anywhere behind all that waits, and to walk there takes a while, which must not keep
/// us from the rest.
void outbox_relay::try_refused() {
  if (refusing_.empty())
    return;
  auto now = clock::now();
  for (const auto& [exchange, routing_key] : refusing_.forget_ended(now))
    log::info({"relay", "taken_again"}, "{} {} is taken again", exchange, routing_key);
  if ((anywhere_ || now >= next_try_) && refusing_.try_again(now))
    more_ = anywhere_ = true;
}

void outbox_relay::fill() {
  if (!may_read())
    return;
  auto begin = clock::now();
  auto [rows, more] = store_->read(window_.known(), window_.crowded_keys(), refusing_.waiting_keys(),
                                   {options_.read_limit, options_.max_body, anywhere_, uncrowded_});
  if (anywhere_) {
    auto end = clock::now();
    next_try_ = end + 2 * (end - begin);
    next_look_around_ = end + std::min<clock::duration>(20 * (end - begin), longest_without_walk);
  }
  more_ = more;
  anywhere_ = uncrowded_ = false;
  std::vector<std::int64_t> blocked;
  for (auto& row : rows)
    if (row.blocked)
      blocked.push_back(row.seq);
    else
      window_.add(std::move(row));
  if (blocked.empty())
    return;
  more_ = true;
  // Those that were let go meanwhile are behind what was read.
  anywhere_ = store_->hold(blocked) < blocked.size();
}

/// A channel dies of a publish to an exchange that is not there, and with it the order of everything on its
/// way. A name that is too long `publish` refuses by itself.
void outbox_relay::ensure_exchange(const std::string& name) {
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

/// Throws `amqp_refused` or `amqp_unsendable` for what is wrong with this row alone.
void outbox_relay::offer(const outbox_row& row) {
  if (row.body_size > static_cast<std::int64_t>(options_.max_body))
    throw amqp_unsendable{fmt::format("a body of {} bytes, more than {}", row.body_size, options_.max_body)};
  ensure_exchange(row.exchange);
  crash_point::reached(row.event_type, "before-publish");
  last_sent_ = clock::now();
  publish(*broker_, row);
  crash_point::reached(row.event_type, "after-publish");
}

void outbox_relay::set_aside(const outbox_row& row, const std::string& why) {
  store_->set_aside(row, why, stats_);
  more_ = anywhere_ = true;  // what it held back was forgotten, and now waits behind it
}

void outbox_relay::publish_ready() {
  while (!broker_->blocked() && window_.next()) {
    if (const auto& next = *window_.next();
        !refusing_.empty() && !refusing_.may_offer(route_of(next), next.key)) {
      window_.postpone();
      continue;
    }
    const auto& row = window_.published();
    try {
      offer(row);
    } catch (const amqp_connection_lost&) {
      throw;
    } catch (const amqp_error& flaw) {
      set_aside(row, flaw.what());
      window_.withdraw();
      continue;
    }
    ++stats_.published;
  }
  stats_.in_flight = static_cast<std::int64_t>(window_.in_flight());
}

void outbox_relay::collect() {
  auto idle = !may_read() && (broker_->blocked() || window_.next() == nullptr);
  if (idle && !broker_->has_buffered()) {
    auto until = std::min(next_poll_, std::max(next_try_, refusing_.next_try().value_or(next_poll_)));
    wake_.sleep(broker_->descriptor(), std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()));
  }
  for (;;) {
    auto signal = broker_->wait(0ms);
    if (signal.index() == 0)
      return;
    on_signal(signal);
  }
}

void outbox_relay::on_signal(const amqp_signal& signal) {
  const auto* confirm = std::get_if<amqp_confirm>(&signal);
  if (!confirm)
    return;
  auto now = wall_clock_now();
  auto count = window_.settle(confirm->tag, confirm->multiple, confirm->accepted, [&](const outbox_row& row) {
    if (!confirm->accepted)
      return refuse(row);
    crash_point::reached(row.event_type, "after-confirm");
    if (!refusing_.empty())
      refusing_.took(route_of(row), row.key, clock::now());
    if (options_.confirmed)
      options_.confirmed(now - row.created_at);
  });
  if (count.uncrowded && store_->left_crowd_out())
    more_ = uncrowded_ = true;
  // Only this says that the broker works: one that can be reached may still die of what it is sent.
  if (count.confirmed > 0)
    broker_backoff_.reset();
  stats_.confirmed += count.confirmed;
  stats_.nacked += count.refused;
}

void outbox_relay::refuse(const outbox_row& row) {
  if (refusing_.refused(route_of(row), row.key, clock::now()))
    log::warn({"relay", "refused"}, "the broker refuses {} {}: offered again later, the others go on",
              row.exchange, row.routing_key);
}

void outbox_relay::delete_confirmed() {
  if (window_.confirmed().empty())
    return;
  window_.removed(store_->remove(window_.confirmed()));
}

void outbox_relay::measure() {
  auto begin = clock::now();
  if (begin < next_measure_)
    return;
  auto [depth, lag] = store_->measure();
  stats_.outbox_depth = depth;
  stats_.outbox_lag_ms = lag;
  // Counting a long outbox takes a while; it must not keep us from emptying it.
  next_measure_ = clock::now() + std::max<clock::duration>(options_.poll, 20 * (clock::now() - begin));
}

void outbox_relay::drain() {
  if (!store_ || !broker_)
    return;
  for (auto deadline = clock::now() + drain_time; window_.in_flight() > 0 && clock::now() < deadline;)
    on_signal(broker_->wait(100ms));
  delete_confirmed();
}

void outbox_relay::suspect(const amqp_error& error) {
  const auto* lost = dynamic_cast<const amqp_connection_lost*>(&error);
  if (lost && (lost->code() == connection_forced || clock::now() - last_sent_ > suspicious_for))
    return;
  auto bearable = lost == nullptr ? bearable_refusals : lost->code() != 0 ? bearable_closes : bearable_losses;
  if (auto culprit = window_.broke(bearable))
    culprit_.emplace(std::move(*culprit), error.what());
}

void outbox_relay::lose_broker(const std::exception& why) {
  log::warn({"relay", "broker_lost"}, "{}", why.what());
  broker_.reset();
  window_.forget();
  refusing_.clear();
  ++stats_.relay_reconnects;
  stats_.in_flight = 0;
  stats_.broker_up = false;
}

/// The lock went with the session, so another server's relay may work now. What was confirmed is still
/// remembered.
void outbox_relay::lose_database(const std::exception& why) {
  log::warn({"relay", "database_lost"}, "{}", why.what());
  store_.reset();
  broker_.reset();
  window_.forget();
  window_.forgive();
  refusing_.clear();
  culprit_.reset();
  stats_.in_flight = 0;
  stats_.relay_leads = stats_.broker_up = false;
}

}  // namespace musterd
