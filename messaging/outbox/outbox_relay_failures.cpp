#include "common/observation/log.hpp"
#include "messaging/outbox/outbox_relay.hpp"

#include <algorithm>

/// What the relay does about rows that cannot be published, now or ever, and about a lost broker or database.
namespace musterd {
namespace {

using namespace std::chrono_literals;

/// How often a row may be alone in flight when the broker closes the channel or the connection, or the
/// connection is lost, before it is blamed. Brokers die of many things, so a mere loss proves little.
constexpr int bearable_refusals = 1, bearable_closes = 2, bearable_losses = 5;
/// A message that kills a connection does so at once.
constexpr auto suspicious_for = 30s;
/// The broker is shut down, or its operator closed the connection.
constexpr int connection_forced = 320;
/// A trial on its own lane blocks nobody, so its patience is multiplied by this.
constexpr int patience_with_silent = 30;
/// Rows looked at per waiting key: the number of look-aheads grows with the logarithm of the keys.
constexpr std::size_t looks_ahead = 4, longest_look_ahead = 100'000;

}  // namespace

/// Rows to be tried may be anywhere behind all that wait. Walking there takes a while, and must not hold up
/// the rest.
void outbox_relay::try_refused() {
  if (refusing_.empty())
    return;
  auto now = clock::now();
  for (const auto& [exchange, routing_key] : refusing_.forget_ended(now))
    log::info({"relay", "taken_again"}, "{} {} is taken again", exchange, routing_key);
  auto on_its_way = [this](const refusing_routes::route& at, const uuid& key) {
    bool found = false;
    for (auto lane : {relay_lane::usual, relay_lane::trial})
      window_.each_in_flight(lane, [&](const outbox_row& row, auto) {
        found = found || (row.key == key && route_of(row) == at);
        return !found;
      });
    return found;
  };
  if ((anywhere_ || now >= next_try_) && refusing_.try_again(now, on_its_way))
    more_ = anywhere_ = true;
}

/// Where very many keys wait, most that follow will too. Finding each by reading its row would be quadratic,
/// because every read lists all keys found.
void outbox_relay::leave_out_coming(const std::vector<uuid>& left_out) {
  if (refusing_.empty() || left_out.size() < options_.read_limit)
    return;
  for (const auto& [key, exchange, routing_key] :
       store_->look_ahead(left_out, std::min(looks_ahead * left_out.size(), longest_look_ahead)))
    if (refusing_routes::route to{exchange, routing_key}; refusing_.keeps_waiting(to))
      refusing_.may_offer(to, key);
}

void outbox_relay::set_aside(const outbox_row& row, const std::string& why) {
  if (store_->set_aside(row, why, stats_))
    more_ = anywhere_ = true;  // the rows it held back were forgotten, and now wait behind it
  else
    locked_keys_.insert(row.key);
}

void outbox_relay::set_aside_unpublishable() {
  for (const auto& [row, why] : unpublishable_)
    set_aside(row, why);
  if (!unpublishable_.empty())
    broker_backoff_.reset();
  unpublishable_.clear();
}

void outbox_relay::hold(const std::vector<outbox_row>& blocked) {
  more_ = true;
  std::vector<std::int64_t> seqs;
  for (const auto& row : blocked)
    seqs.push_back(row.seq);
  auto held = store_->hold(seqs);
  std::unordered_set<std::int64_t> gone{held.begin(), held.end()};
  for (const auto& row : blocked)
    if (!gone.contains(row.seq))
      locked_keys_.insert(row.key);
}

/// Returned messages are confirmed like all others.
bool outbox_relay::is_taken(const outbox_row& row, bool accepted) {
  auto to = route_of(row);
  bool returned = !returned_.empty() && returned_.erase({row.event_id, row.routing_key}) > 0;
  if (accepted && !returned)
    return true;
  if (returned && !link_.has_consumer(to)) {
    unpublishable_.emplace_back(row, fmt::format("there is no queue {}", row.routing_key));
    return false;
  }
  if (returned)
    without_queue_.insert(to);
  if (refusing_.refused(to, row.key, clock::now()))
    log::warn({"relay", "refused"}, "{} {} {}: offered again later, the others go on",
              returned ? "there is no queue for" : "the broker refuses", row.exchange, row.routing_key);
  return false;
}

/// Looks for a route with a message unanswered for too long: a queue hangs, and sooner or later the broker
/// takes nothing more on that channel. Makes its keys wait; true if the connection must be reopened without
/// them. Of several routes the one asked first most likely blocks the others.
bool outbox_relay::give_up_silent() {
  auto now = clock::now();
  std::optional<refusing_routes::route> silent;
  auto look = [&](int patiences) {
    return [&, longest = patiences * options_.patience](const outbox_row& row, clock::time_point sent) {
      if (now - std::max(sent, last_blocked_) >= longest)
        silent = route_of(row);
      return false;
    };
  };
  window_.each_in_flight(relay_lane::trial, look(patience_with_silent));
  window_.each_in_flight(relay_lane::usual, look(1));
  if (!silent)
    return false;
  for (auto lane : {relay_lane::trial, relay_lane::usual})
    window_.each_in_flight(lane, [&](const outbox_row& row, auto) {
      if (route_of(row) == *silent)
        refusing_.unanswered(*silent, row.key, now);
      return true;
    });
  log::warn({"relay", "unanswered"}, "{} {}: offered again later, the others go on", silent->exchange,
            silent->routing_key);
  return true;
}

/// A recent trial on its own lane was not alone; if it breaks connections, that shows on the usual lane.
bool outbox_relay::suspect_tried() {
  bool any = false;
  window_.each_in_flight(relay_lane::trial, [&](const outbox_row& row, clock::time_point sent) {
    if (clock::now() - sent < options_.patience) {
      refusing_.broke(route_of(row), row.key, clock::now());
      any = true;
    }
    return true;
  });
  return any;
}

void outbox_relay::suspect(const amqp_error& error) {
  const auto* lost = dynamic_cast<const amqp_connection_lost*>(&error);
  if (lost && (lost->code() == connection_forced || clock::now() - last_sent_ > suspicious_for))
    return;
  if (suspect_tried())
    return;
  auto bearable = lost == nullptr ? bearable_refusals : lost->code() != 0 ? bearable_closes : bearable_losses;
  auto culprit = window_.broke(bearable);
  if (!culprit)
    return;
  if (lost == nullptr)
    refusing_.broke(route_of(*culprit), culprit->key, clock::now());
  unpublishable_.emplace_back(std::move(*culprit), error.what());
}

/// Remembers refusing routes, or each connection would have to rediscover them.
void outbox_relay::lose_broker(const char* why) {
  log::warn({"relay", "broker_lost"}, "{}", why);
  link_.drop();
  window_.forget();
  returned_.clear();
  ++stats_.relay_reconnects;
  stats_.in_flight = 0;
  stats_.broker_up = false;
}

/// Another server's relay may work now, even if the lease is still ours. What was confirmed is still
/// remembered.
void outbox_relay::lose_database(const char* why) {
  log::warn({"relay", "database_lost"}, "{}", why);
  store_.reset();
  link_.drop();
  window_.forget();
  window_.forgive();
  refusing_ = {};
  unpublishable_.clear();
  locked_keys_.clear();
  returned_.clear();
  stats_.in_flight = 0;
  stats_.relay_leads = stats_.broker_up = false;
}

}  // namespace musterd
