#include "messaging/inbox/consumer.hpp"

#include "common/observation/log.hpp"
#include "common/observation/trace.hpp"
#include "common/process/crash_point.hpp"
#include "messaging/inbox/inbox.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/database_errors.hpp"

#include <algorithm>
#include <array>
#include <pqxx/pqxx>
#include <set>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr int runnable_at_once = 100;

}  // namespace

consumer::consumer(consumer_options options, consumer_spec spec, event_handler& handler,
                   messaging_stats& stats)
    : options_{std::move(options)}, spec_{std::move(spec)}, handler_{handler}, stats_{stats} {}

void consumer::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  wake_.take();
  options_.broker.cut = until.cut;
  std::stop_callback wake{until.stop, [this] { wake_.raise(); }};
  while (!until.stop.stop_requested()) {
    try {
      turn(until);
    } catch (const std::exception& error) {
      lose_connections(error);
      wake_.sleep(-1, backoff_.next());
    }
  }
  if (link_)
    link_->close();
  link_.reset();
  db_interruption_.reset();
  db_.reset();
}

/// Database first: take nothing from the queue that could not be handled.
void consumer::turn(const ending& until) {
  if (!db_) {
    auto name = "musterd consumer " + spec_.name;
    db_ = open_connection(options_.database_url,
                          fmt::format("SET application_name = '{}'; SET statement_timeout = '30s'; "
                                      "SET idle_in_transaction_session_timeout = '60s'; SET timezone = 'UTC'",
                                      name),
                          until.cut);
    db_interruption_.emplace(db_->sock(), name, until.cut);
    auto [limit, tx] = begin();
    only_sealed_ =
        !tx.exec_params("SELECT FROM messaging.sealed_consumer WHERE consumer = $1", spec_.name).empty();
    if (!spec_.ordered)
      end_order(tx, spec_.name);
    tx.commit();
  }
  if (!link_) {
    link_ = std::make_unique<consumer_link>(options_.broker, spec_);
    next_tick_ = {};
  }
  if (clock::now() >= next_tick_)
    tick();
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next_tick_ - clock::now());
  handle_batch(link_->gather(wake_, left));
  backoff_.reset();
}

void consumer::tick() {
  next_tick_ = clock::now() + options_.tick;
  report_flood();
  std::vector<received_event> heads;
  {
    auto [limit, tx] = begin();
    heads = runnable_heads(tx, spec_, runnable_at_once);
    tx.commit();
  }
  unfit_events unfit;
  for (const auto& head : heads)
    if (head.broken)  // parked under earlier limits
      unfit.push_back({&head, head.broken->reason, head.broken->error});
    else
      handle_alone(head, unfit);
  set_aside_unfit(unfit);
  if (!heads.empty())
    next_tick_ = clock::now();  // their successors are the heads now
}

void consumer::handle_batch(std::vector<received_event> batch) {
  locked_keys_.clear();
  postponed_.clear();
  auto [sound, ignored, unfit, sealed] = admit(batch);
  set_aside_unfit(unfit);
  for (const auto* message : ignored)
    link_->acknowledge(*message);
  stats_.consumed += ignored.size();
  if (sound.empty())
    return;
  events settled, heads;
  unfit.clear();
  if (!handle_together(sound, settled, heads, unfit)) {
    settled.clear();
    unfit.clear();
    heads = sound;
  }
  if (settled.size() == batch.size())
    link_->acknowledge_all(batch.back());
  else
    for (const auto* message : settled)
      link_->acknowledge(*message);
  for (const auto* message : heads)
    handle_alone(*message, unfit);
  set_aside_unfit(unfit);
  for (auto& message : batch)
    if (postponed_.contains(&message))
      link_->postpone(std::move(message));
  // Only once everything received along with it is acknowledged: otherwise that comes again, still unsealed.
  if (sealed && !only_sealed_ && postponed_.empty())
    expect_seals();
}

/// The head of its key is locked, so later messages of the key in this batch wait too, even if it is free by
/// then.
void consumer::postpone(const received_event& message) {
  locked_keys_.insert(message.owned_key());
  if (message.from_broker())
    postponed_.insert(&message);
}

/// All in one transaction. Forwarding comes before it, because those we wait for may need its locks. False:
/// something failed, and nothing is done. Messages that block their own key are left in `heads`, as they may
/// fail again; dead letters that block nothing in `unfit`.
bool consumer::handle_together(const events& batch, events& settled, events& heads, unfit_events& unfit) try {
  auto forwarded = handler_.forwards() ? not_handled_yet(batch) : events{};
  if (!forward_in_order(forwarded, unfit))
    return false;
  std::map<owned_id, const received_event*> refused;
  for (const auto& one : unfit)
    refused.emplace(one.message->id(), one.message);
  auto [limit, tx] = begin();
  std::vector<owned_id> keys;
  for (const auto* message : batch)
    keys.push_back(message->owned_key());
  auto blocked = blocked_heads(tx, spec_.name, keys);
  events parked, refused_again;
  for (const auto* message : batch) {
    if (auto found = refused.find(message->id()); found != refused.end()) {
      if (found->second != message)
        refused_again.push_back(message);
      continue;
    }
    auto head = blocked.find(message->owned_key());
    if (head == blocked.end())
      settled.push_back(message);
    else if (head->second.state == head_state::locked)
      postpone(*message);
    else
      (head->second.event_id == message->event.event_id.value ? heads : parked).push_back(message);
  }
  for (const auto* message : drop_without_room(tx, parked))
    unfit.push_back(without_room(*message));
  park_messages(tx, spec_.name, parked);
  auto free = settled.size();
  std::vector<event_claim> claims;
  for (const auto* message : settled)
    claims.push_back(claim_of(*message));
  auto claimed = claims.empty() ? std::set<owned_id>{} : claim_events(tx, spec_.name, claims);
  events fresh;
  for (const auto* message : settled)
    if (claimed.erase(message->id()) > 0)
      fresh.push_back(message);
  // Another consumer of this queue may have claimed some since admission.
  if (fresh.size() < settled.size() && !contradicted_events(tx, spec_.name, claims).empty())
    return false;
  for (const auto* message : fresh) {
    // Its key was released since it was looked at.
    if (handler_.forwards() && std::find(forwarded.begin(), forwarded.end(), message) == forwarded.end())
      return false;
    if (!handler_.handle(tx, message->event))
      return false;
  }
  crash_point::reached(spec_.name, "before-commit");
  tx.commit();
  crash_point::reached(spec_.name, "after-commit");
  settled.insert(settled.end(), parked.begin(), parked.end());
  settled.insert(settled.end(), refused_again.begin(), refused_again.end());
  stats_.consumed += fresh.size();
  stats_.duplicates += free - fresh.size() + refused_again.size();
  stats_.parked += parked.size();
  return true;
} catch (const std::exception& error) {
  if (is_infrastructure(error, *db_))
    throw;
  return false;
}

/// As far as can be told without holding locks; of duplicates only the first.
consumer::events consumer::not_handled_yet(const events& batch) {
  auto [limit, tx] = begin();
  std::vector<owned_id> keys, ids;
  for (const auto* message : batch) {
    keys.push_back(message->owned_key());
    ids.push_back(message->id());
  }
  auto blocked = blocked_heads(tx, spec_.name, keys);
  auto known = claimed_events(tx, spec_.name, ids);
  events result;
  for (const auto* message : batch)
    if (!blocked.contains(message->owned_key()) && known.insert(message->id()).second)
      result.push_back(message);
  return result;
}

/// As many at once as have different keys: the next of a key waits for the one before it.
bool consumer::forward_in_order(const events& fresh, unfit_events& unfit) {
  events together;
  std::set<owned_id> keys;
  for (const auto* message : fresh) {
    if (!keys.insert(message->owned_key()).second) {
      if (!forward_together(together, unfit))
        return false;
      together.clear();
      keys = {message->owned_key()};
    }
    together.push_back(message);
  }
  return forward_together(together, unfit);
}

/// False: one of them must be handled alone. Refusals that block nothing do not count.
bool consumer::forward_together(const events& those, unfit_events& unfit) {
  std::vector<const event_envelope*> envelopes;
  for (const auto* message : those)
    envelopes.push_back(&message->event);
  auto results = handler_.forward_all(envelopes);
  for (std::size_t i = 0; i < those.size(); ++i) {
    if (results[i])
      continue;
    const auto& why = results[i].error();
    if (spec_.ordered || is_transient(why))
      return false;
    unfit.push_back({those[i], dead_reason::refused, code_and_message(why)});
  }
  return true;
}

void consumer::lose_connections(const std::exception& why) {
  log::warn({"consumer", "interrupted"}, "{} starts over: {}", spec_.name, why.what());
  ++stats_.consumer_reconnects;
  link_.reset();
  db_interruption_.reset();
  db_.reset();
}

}  // namespace musterd
