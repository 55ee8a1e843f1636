#include "common/observation/log.hpp"
#include "messaging/alerts.hpp"
#include "messaging/inbox/consumer.hpp"
#include "messaging/inbox/letters/dead_letters.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>

/// Where messages that cannot be handled go: a dead letter, or at least a copy in the broker's dead-letter
/// queue.
namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr auto between_flood_alerts = 1min;

constexpr std::string_view key_full = "KEY_FULL: As much as may wait of its key, or of this queue, waits "
                                      "already. This one does not: its order is lost.";

}  // namespace

/// False: refused for good, and blocks nothing. A refused message blocks its key only while letters are kept
/// whole: with a truncated one nobody could decide what follows.
bool consumer::set_aside(const received_event& message, const failure& why) {
  bool refused = !why.transient;
  bool neighbours = refused && !spec_.own;
  if (refused && !spec_.ordered)
    return false;
  auto& of = neighbours ? rations_[unfitness::refused] : failures_;
  if (neighbours &&
      of.letters.take(message.raw.body.size(), message.header_bytes, clock::now()) < message.raw.body.size())
    return false;
  int attempts = 1;
  auto reason = refused ? dead_reason::refused : dead_reason::exhausted;
  bool dead = refused;
  std::optional<uuid> letter;
  {
    auto [limit, tx] = begin();
    auto key = message.owned_key();
    auto heads = blocked_heads(tx, spec_.name, {&key, 1});
    if (auto head = heads.find(key); head != heads.end())
      attempts = head->second.attempts + 1;
    dead = dead || static_cast<std::size_t>(attempts) > spec_.retry_delays.size();
    auto due = dead ? 0ms : spec_.retry_delays[static_cast<std::size_t>(attempts - 1)] + options_.overdue;
    block_key(tx, spec_.name, message, dead ? head_state::dead : head_state::retrying, attempts, why.error,
              due);
    if (dead) {
      burial how{reason, why.error, attempts, true};
      how.alert = of.alerts.take(clock::now());
      of.unalerted += how.alert ? 0 : 1;
      letter = bury(tx, spec_, message, how, stats_);
    }
    tx.commit();
  }
  log::warn({"consumer", dead ? "dead_letter" : "retry", message.event.correlation_id},
            "{}: {} {} failed at attempt {}: {}", spec_.name, message.event.event_type,
            to_string(message.event.event_id), attempts, why.error);
  if (dead) {
    link_->send_to_dead_letters(
        std::array{consumer_link::dead_copy{&message, enum_name(reason), why.error, to_string(*letter)}});
    return true;
  }
  ++stats_.retried;
  link_->send_to_retry(message, attempts, why.error);
  return true;
}

consumer::events consumer::drop_without_room(pqxx::transaction_base& tx, events& waiting) const {
  // Our own events come at the pace of people, and their order matters more.
  return spec_.own ? events{} : drop_messages_without_room(tx, spec_.name, waiting);
}

consumer::unfit_event consumer::without_room(const received_event& message) {
  return {&message, dead_reason::refused, std::string{key_full}, unfitness::no_room};
}

/// All in one transaction, so that a flood delays what follows by seconds, not hours.
void consumer::set_aside_unfit(const unfit_events& those) {
  if (those.empty())
    return;
  std::vector<consumer_link::dead_copy> copies;
  {
    auto [limit, tx] = begin();
    auto failing = failing_before(tx, those);
    for (const auto& one : those) {
      auto letter = bury_unfit(tx, one);
      copies.push_back({one.message, enum_name(one.reason), one.error,
                        letter ? to_string(*letter) : std::string{no_letter}});
      if (failing.contains(one.message))
        release_key(tx, spec_.name, *one.message);
    }
    tx.commit();
  }
  report(those);
  link_->send_to_dead_letters(copies);
  for (const auto& one : those)
    link_->acknowledge(*one.message);
}

/// Those in the table of failing messages: taken from there, or redelivered for a retry.
std::set<const received_event*> consumer::failing_before(pqxx::transaction_base& tx,
                                                         const unfit_events& those) const {
  std::set<const received_event*> result;
  std::vector<event_claim> claims;
  for (const auto& [message, reason, error, kind] : those)
    if (!message->from_broker())
      result.insert(message);
    else if (!message->broken && kind == unfitness::refused)
      claims.push_back({message->id(), message->key, message->content});
  if (claims.empty())
    return result;
  auto waiting = waiting_events(tx, spec_.name, claims);
  for (const auto& one : those)
    if (one.kind == unfitness::refused && waiting.contains(one.message->id()))
      result.insert(one.message);
  return result;
}

std::optional<uuid> consumer::bury_unfit(pqxx::transaction_base& tx, const unfit_event& one) {
  const auto& [message, reason, error, kind] = one;
  auto& of = rations_[kind];
  auto kept = of.letters.take(message->raw.body.size(), message->header_bytes, clock::now());
  // The broker no longer has it.
  if (!message->from_broker())
    kept = letter_budget::most;
  bool alert = kept > 0 && of.alerts.take(clock::now());
  of.unalerted += alert ? 0 : 1;
  if (kept > 0)
    return bury(tx, spec_, *message, {reason, error, 1, false, kept, alert}, stats_);
  ++of.unwritten;
  ++stats_.dead_lettered[static_cast<std::size_t>(reason)];
  return {};
}

void consumer::report(const unfit_events& those) const {
  const unfit_event* first = nullptr;
  for (const auto& one : those)
    if (one.kind == unfitness::contradicted)
      log::error({"consumer", "event_contradicted", one.message->event.correlation_id}, "{}: {} {}: {}",
                 spec_.name, one.message->event.event_type, to_string(one.message->event.event_id),
                 one.error);
    else if (!first)
      first = &one;
  if (first)
    log::warn({"consumer", "dead_letters", first->message->event.correlation_id},
              "{}: {} messages, such as {} {}: {}", spec_.name, those.size(),
              first->message->event.event_type, to_string(first->message->event.event_id), first->error);
}

void consumer::report_flood() {
  ration all = failures_;
  for (const auto& [kind, of] : rations_) {
    all.unalerted += of.unalerted;
    all.unwritten += of.unwritten;
  }
  if (all.unalerted == 0 || clock::now() < next_flood_alert_)
    return;
  boost::json::object details{{"queue", spec_.queue},
                              {"consumer", spec_.name},
                              {"withoutAlert", all.unalerted},
                              {"onlyInTheBroker", all.unwritten},
                              {"contradicted", rations_[unfitness::contradicted].unalerted},
                              {"orderLost", rations_[unfitness::no_room].unalerted}};
  auto [limit, tx] = begin();
  raise_alert(
      tx, {},
      {uuid::generate(),
       alert_severity::critical,
       "DEAD_LETTER_FLOOD",
       fmt::format("{} more messages of {} went to the dead letters, {} of them to the broker's alone.",
                   all.unalerted, spec_.queue, all.unwritten),
       {boost::json::serialize(details)},
       spec_.name,
       wall_clock_now()},
      stats_);
  tx.commit();
  for (auto* of : {&rations_[unfitness::refused], &rations_[unfitness::contradicted],
                   &rations_[unfitness::no_room], &failures_})
    of->unalerted = of->unwritten = 0;
  next_flood_alert_ = clock::now() + between_flood_alerts;
}

}  // namespace musterd
