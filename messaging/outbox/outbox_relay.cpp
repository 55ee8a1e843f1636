#include "messaging/outbox/outbox_relay.hpp"

#include "common/observation/log.hpp"
#include "common/process/crash_point.hpp"

namespace musterd {
namespace {

using namespace std::chrono_literals;

/// How long a stop awaits confirms of what was sent.
constexpr auto drain_time = 2s;
/// Longest time between walks over the whole outbox, however slow they are.
constexpr auto longest_without_walk = 30s;
/// Poll interval while the broker does not read.
constexpr std::chrono::milliseconds congested_sleep = 20ms;

/// The lease is looked at much more often than it must be: we may be busy elsewhere for a while.
std::chrono::milliseconds longest_sleep(const relay_options& options) {
  return options.longest_silence / 9;
}

/// A deletion that a crash undoes is only a second publication, which consumers recognize: no need to wait
/// for it.
leader_role role_of(const relay_options& options) {
  return {.name = "relay",
          .session_name = "relay",
          .settings = "SET statement_timeout = '30s'; SET timezone = 'UTC'; SET synchronous_commit = off",
          .longest_silence = options.longest_silence,
          .asked_every = options.poll,
          .longest_pause = 10s};
}

}  // namespace

outbox_relay::outbox_relay(relay_options options, messaging_stats& stats)
    : options_{std::move(options)}, stats_{stats}, link_{options_.broker, options_.consumers, options_.seal},
      loop_{*options_.leases,
            role_of(options_),
            {.turn =
                 [this](leader_session& at, const ending&) {
                   turn(at);
                   return clock::now();
                 },
             .lost = [this](const char* why) { lose_database(why); },
             .begun =
                 [this](const ending& until) {
                   stopping_.take();
                   cut_ = until.cut;
                 },
             .look = [this](leader_session& at) { measure(at); },
             .finish = [this](leader_session&) { stop(); }}} {
  if (options_.most_loaded < options_.read_limit)
    options_.most_loaded = 8 * options_.read_limit;
}

void outbox_relay::run(const ending& until) {
  std::stop_callback wake{until.stop, [this] {
                            stopping_.raise();
                            wake_.raise();
                          }};
  loop_.run(until);
}

void outbox_relay::turn(leader_session& at) {
  if (!store_) {
    store_.emplace(at).tidy();
    stats_.relay_leads = true;
    log::info({"relay", "leads"}, "this server publishes the outbox");
  }
  try {
    make_round();
  } catch (const amqp_error& error) {
    if (!give_up_silent())
      suspect(error);
    lose_broker(error.what());
    stopping_.sleep(-1, broker_backoff_.next());
  }
}

/// Read, publish, hear, delete. Sleeps only where there is nothing to do.
void outbox_relay::make_round() {
  delete_confirmed();
  set_aside_unpublishable();
  if (!link_.connected())
    connect_broker();
  for (const auto& to : std::exchange(without_queue_, {}))
    link_.declare_queues(to);
  look_again();
  try_refused();
  fill();
  publish_ready();
  collect();
  if (give_up_silent())
    lose_broker("the broker says nothing about what was sent");
}

void outbox_relay::connect_broker() {
  link_.connect(cut_, [this] { (void)store_->leads(); });
  more_ = anywhere_ = true;
  stats_.broker_up = true;
  log::info({"relay", "broker_up"}, "connected to the broker");
}

bool outbox_relay::may_read() const {
  return more_ && window_.loaded() + options_.read_limit <= options_.most_loaded &&
         window_.bytes() < options_.most_bytes && window_.confirmed().size() < options_.most_undeleted;
}

void outbox_relay::look_again() {
  auto now = clock::now();
  if (wake_.take())
    more_ = true;
  if (uncrowded_ && now >= next_crowd_)
    more_ = true;
  if (now < next_poll_)
    return;
  next_poll_ = now + options_.poll;
  more_ = true;
  anywhere_ = anywhere_ || now >= next_look_around_;
  if (!locked_keys_.empty() && now >= next_try_) {
    locked_keys_.clear();
    anywhere_ = true;
  }
}

void outbox_relay::fill() {
  if (!may_read())
    return;
  auto begin = clock::now();
  auto crowd = uncrowded_ && begin >= next_crowd_;
  auto waiting = refusing_.waiting_keys();
  waiting.insert(waiting.end(), locked_keys_.begin(), locked_keys_.end());
  auto [rows, more] = store_->read(window_.known(), window_.crowded_keys(), waiting,
                                   {options_.read_limit, options_.max_body, anywhere_, crowd});
  auto end = clock::now(), in_peace = end + 2 * (end - begin);
  if (anywhere_) {
    next_try_ = in_peace;
    next_look_around_ = end + std::min<clock::duration>(20 * (end - begin), longest_without_walk);
  }
  if (crowd)
    next_crowd_ = in_peace;
  uncrowded_ = uncrowded_ && !crowd && !anywhere_;
  anywhere_ = false;
  more_ = more;
  std::vector<outbox_row> blocked;
  for (auto& row : rows)
    if (row.blocked)
      blocked.push_back(std::move(row));
    else
      window_.add(std::move(row));
  if (!blocked.empty())
    hold(blocked);
  if (more)
    leave_out_coming(waiting);
}

/// Throws `amqp_refused` or `amqp_unsendable` if this row alone is at fault.
void outbox_relay::offer(const outbox_row& row, relay_lane lane) {
  if (row.body_size > static_cast<std::int64_t>(options_.max_body))
    throw amqp_unsendable{fmt::format("a body of {} bytes, more than {}", row.body_size, options_.max_body)};
  crash_point::reached(row.event_type, "before-publish");
  last_sent_ = clock::now();
  link_.publish(row, lane);
  crash_point::reached(row.event_type, "after-publish");
}

/// Whether there is a row to publish; postpones ready ones that have to wait.
bool outbox_relay::make_next_publishable() {
  while (const auto* next = window_.next()) {
    if (refusing_.empty())
      return true;
    auto to = route_of(*next);
    if (!refusing_.may_offer(to, next->key)) {
      window_.postpone();
      continue;
    }
    if (refusing_.breaks(to))
      window_.isolate_next();
    return window_.next() != nullptr;
  }
  return false;
}

relay_lane outbox_relay::lane_for(const outbox_row& row) const {
  if (refusing_.empty())
    return relay_lane::usual;
  auto to = route_of(row);
  return refusing_.is_silent(to) && !refusing_.breaks(to) ? relay_lane::trial : relay_lane::usual;
}

void outbox_relay::publish_ready() {
  while (store_->leads() && link_.can_publish() && make_next_publishable()) {
    auto lane = lane_for(*window_.next());
    const auto& row = window_.published(clock::now(), lane);
    try {
      offer(row, lane);
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
  auto can_publish = link_.can_publish() && window_.next() != nullptr;
  if (!can_publish && !may_read() && !link_.has_buffered())
    sleep();
  if (link_.blocked())
    last_blocked_ = clock::now();
  while (hear(0ms)) {
  }
}

bool outbox_relay::hear(std::chrono::milliseconds timeout) {
  auto signal = link_.wait(timeout);
  if (auto* back = std::get_if<amqp_returned>(&signal))
    returned_.emplace(std::move(back->message_id), std::move(back->routing_key));
  else if (const auto* confirm = std::get_if<amqp_confirm>(&signal))
    on_confirm(*confirm);
  return signal.index() != 0;
}

void outbox_relay::sleep() {
  auto until = std::min(next_poll_, std::max(next_try_, refusing_.next_try().value_or(next_poll_)));
  if (uncrowded_)
    until = std::min(until, next_crowd_);
  auto longest = link_.blocked() || window_.next() == nullptr ? longest_sleep(options_) : congested_sleep;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
  wake_.sleep(link_.descriptor(), std::min(left, longest));
}

void outbox_relay::on_confirm(const amqp_confirm& confirm) {
  auto now = wall_clock_now();
  auto count = window_.settle(
      confirm.tag, confirm.multiple,
      [&](const outbox_row& row) {
        if (!is_taken(row, confirm.accepted))
          return false;
        crash_point::reached(row.event_type, "after-confirm");
        if (!refusing_.empty())
          refusing_.took(route_of(row), row.key, clock::now());
        if (options_.confirmed)
          options_.confirmed(now - row.created_at);
        return true;
      },
      relay_link::lane_of(confirm));
  if (count.uncrowded && store_->left_crowd_out())
    uncrowded_ = true;
  // Not sooner: a broker that is reachable may still die of what it is sent.
  if (count.confirmed > 0)
    broker_backoff_.reset();
  stats_.confirmed += count.confirmed;
  stats_.nacked += count.refused;
}

void outbox_relay::delete_confirmed() {
  if (window_.confirmed().empty())
    return;
  window_.removed(store_->remove(window_.confirmed()));
  auto too_many = window_.confirmed().size() >= options_.most_undeleted;
  if (too_many && !waits_for_locks_)
    log::warn({"relay", "rows_locked"}, "{} rows are confirmed and locked by somebody: nothing more is read",
              window_.confirmed().size());
  waits_for_locks_ = too_many;
}

void outbox_relay::measure(leader_session& at) {
  auto begin = clock::now();
  if (begin < next_measure_)
    return;
  if (auto backlog = outbox_store::measure(at)) {
    stats_.outbox_depth = backlog->depth;
    stats_.outbox_lag_ms = backlog->lag_ms;
  }
  // Counting a long outbox is slow, and must not keep us from emptying it.
  next_measure_ = clock::now() + std::max<clock::duration>(options_.poll, 20 * (clock::now() - begin));
}

void outbox_relay::stop() {
  try {
    drain();
  } catch (const std::exception& error) {
    log::warn({"relay", "drain_incomplete"}, "unconfirmed rows stay in the outbox: {}", error.what());
  }
  link_.close();
  store_.reset();
  window_.forget();
  stats_.broker_up = stats_.relay_leads = false;
}

void outbox_relay::drain() {
  if (!store_)
    return;
  try {
    for (auto deadline = clock::now() + drain_time; window_.in_flight() > 0 && clock::now() < deadline;)
      hear(100ms);
  } catch (const amqp_error& error) {
    lose_broker(error.what());
  }
  delete_confirmed();
}

}  // namespace musterd
