#include "common/observation/log.hpp"
#include "messaging/outbox/outbox_relay.hpp"

#include <algorithm>

/// What the relay does about rows that cannot be published now or at all, and when it loses whom it works
/// with.
namespace musterd {
namespace {

using namespace std::chrono_literals;

/// How often a row may be alone on its way when the broker closes the channel, or when the connection ends,
/// before it is to blame. Brokers die of many things, so one that just goes away proves little.
constexpr int bearable_refusals = 1, bearable_closes = 2, bearable_losses = 5;
/// What kills a connection does it at once.
constexpr auto suspicious_for = 30s;
/// The broker is shut down, or its operator closed the connection.
constexpr int connection_forced = 320;
/// What is tried by itself stops nobody, and is awaited for so much longer.
constexpr int patience_with_silent = 30;
/// Rows looked at for each key that waits: the number of looks grows with the logarithm of that of keys.
constexpr std::size_t looks_ahead = 4, longest_look_ahead = 100'000;

}  // namespace

/// What is tried may be anywhere behind all that waits, and to walk there takes a while, which must not keep
/// us from the rest.
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

/// Where very many keys wait, those that follow are mostly like them. Each found by a read of its row would
/// be quadratic, for every read names all that were found.
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
    more_ = anywhere_ = true;  // what it held back was forgotten, and now waits behind it
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

/// What no queue took is confirmed like everything else.
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

/// What was sent to a route long ago is not answered: a queue hangs, and sooner or later the broker takes
/// nothing more on that channel. Its keys wait; true when the connection is to be made anew without them. Of
/// several routes the one that was asked first is the likeliest to hold up the others.
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

/// What was just tried on a lane of its own is not alone; if it breaks connections, it is found on the other.
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

/// Which routes refuse is still remembered, or each connection would find it out anew.
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
