#include "messaging/inbox/letters/dead_letter_sweeper.hpp"

#include "common/observation/log.hpp"
#include "domain/kernel/sql_value.hpp"
#include "messaging/alerts.hpp"
#include "messaging/inbox/received_event.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <pqxx/pqxx>

#include <algorithm>
#include <iterator>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr amqp_connection::channel_id channel = 1;
constexpr int queue_not_found = 404;
constexpr auto delivery_patience = 5s;
/// For a queue, waiting for the broker included; the lease is asked for more often.
constexpr auto longest_silence = 5min, queue_limit = 4min;
/// On its way at once. A quorum queue gives no subscription more than 2,000 that are not acknowledged.
constexpr std::uint16_t window = 500;
/// Letters that were not found are looked for every so many ticks.
constexpr int ticks_between_looks = 60;
constexpr auto between_alerts = 1h;
/// What is still in the outbox comes to the queue later; so does a consumer's copy, within the time it waits
/// for the broker.
constexpr auto due_sql = R"(
  SELECT dead_letter_id, event_id, decided_at < now() - interval '1 hour' FROM messaging.dead_letter_sweep s
  WHERE queue = $1 AND NOT EXISTS (SELECT FROM messaging.outbox o WHERE o.event_id = s.event_id)
    AND NOT EXISTS (SELECT FROM messaging.outbox_held h WHERE h.event_id = s.event_id)
    AND NOT EXISTS (SELECT FROM messaging.dead_letter d WHERE d.id = s.dead_letter_id AND d.consumer <> 'offboarding'
      AND d.dead_at > now() - interval '15 seconds')
  ORDER BY decided_at DESC LIMIT 10000)";

/// Of a queue that is gone, as a consumer's is that is no more, nothing is to be taken out.
std::optional<std::uint32_t> depth_of(amqp_connection& broker, const std::string& queue) try {
  return broker.queue_depth(channel, queue);
} catch (const amqp_refused& refusal) {
  if (refusal.code() != queue_not_found)
    throw;
  broker.open_channel(channel);
  return {};
}

}  // namespace

/// Copies of commands that cases gave up, of earlier versions, and of what came again have no letter's id.
bool dead_letter_sweeper::decided::has(const amqp_delivery& copy) {
  auto found = [&](const std::string& letter) {
    missing.erase(letter);
    done.insert(letter);
  };
  if (std::string letter{header_text(copy, letter_header)}; !letter.empty()) {
    bool ours = missing.contains(letter) || done.contains(letter);
    if (ours)
      found(letter);
    return ours;
  }
  auto [begin, end] = by_event.equal_range(copy.message_id);
  std::for_each(begin, end, [&](const auto& one) { found(one.second); });
  return begin != end;
}

dead_letter_sweeper::dead_letter_sweeper(lease_keeper& leases, amqp_options broker, messaging_stats& stats,
                                         std::chrono::milliseconds tick)
    : broker_{std::move(broker)}, stats_{stats}, tick_{tick},
      loop_{leases,
            {.name = "dead-letter-sweeper",
             .session_name = "sweeper",
             .settings = "SET statement_timeout = '30s'; SET timezone = 'UTC'",
             .longest_silence = longest_silence,
             .asked_every = tick,
             .longest_pause = 10s},
            {.turn =
                 [this](leader_session& at, const ending& until) {
                   auto all = turn(at, until);
                   if (all)
                     backoff_.reset();
                   return clock::now() + (all ? pause_ : backoff_.next());
                 },
             .lost = [](const char* why) { log::warn({"sweeper", "interrupted"}, "{}", why); }}} {
  broker_.name += " sweeper";
  broker_.max_body = 0;  // bodies are not looked at
  broker_.only_listens = true;
}

/// False if a queue could not be swept.
bool dead_letter_sweeper::turn(leader_session& at, const ending& until) {
  broker_.cut = until.cut;
  pause_ = tick_;
  auto limit = at.in_time();
  auto queues = pqxx::nontransaction{at.db()}.exec("SELECT DISTINCT queue FROM messaging.dead_letter_sweep");
  bool all = true;
  for (const auto& row : queues)
    if (!until.stop.stop_requested())
      all = work_off(at, row[0].c_str()) && all;
  return all;
}

dead_letter_sweeper::decided dead_letter_sweeper::due_in(leader_session& at, const std::string& queue) {
  auto limit = at.in_time();
  pqxx::nontransaction tx{at.db()};
  decided these;
  for (const auto& row : tx.exec_params(due_sql, queue)) {
    auto letter = row[0].as<std::string>();
    if (!row[1].is_null())
      these.by_event.emplace(row[1].as<std::string>(), letter);
    if (row[2].as<bool>())
      these.overdue.insert(letter);
    these.missing.insert(std::move(letter));
  }
  return these;
}

bool dead_letter_sweeper::work_off(leader_session& at, const std::string& queue) try {
  auto begin = clock::now();
  auto these = due_in(at, queue);
  auto& state = queues_[queue];
  if (begin < state.look_again && std::includes(state.not_found.begin(), state.not_found.end(),
                                                these.missing.begin(), these.missing.end()))
    return true;
  if (!these.missing.empty()) {
    sweep(at, queue + ".dlq", these);
    std::set_intersection(these.missing.begin(), these.missing.end(), these.overdue.begin(),
                          these.overdue.end(), std::inserter(these.done, these.done.end()));
    leading_work work{at};
    work.tx.exec_params("DELETE FROM messaging.dead_letter_sweep WHERE dead_letter_id = ANY ($1::uuid[])",
                        array_literal(std::vector(these.done.begin(), these.done.end())));
    work.tx.commit();
  }
  if (these.missing.empty())
    queues_.erase(queue);
  else
    state = {std::move(these.missing), begin + ticks_between_looks * tick_, {}};
  // Outbox and queue are looked through, and both may be long.
  pause_ = std::max(pause_, std::chrono::ceil<std::chrono::milliseconds>(20 * (clock::now() - begin)));
  return true;
} catch (const amqp_error& error) {
  log::warn({"sweeper", "queue_not_swept"}, "{}: {}", queue, error.what());
  report_not_swept(at, queue, error.what());
  return false;
}

void dead_letter_sweeper::report_not_swept(leader_session& at, const std::string& queue,
                                           const std::string& why) {
  auto& state = queues_[queue];
  if (clock::now() < state.next_alert)
    return;
  leading_work work{at};
  auto waiting =
      work.tx.exec_params("SELECT count(*), min(decided_at) FROM messaging.dead_letter_sweep WHERE queue = $1"
                          " HAVING min(decided_at) < now() - interval '1 hour'",
                          queue);
  if (waiting.empty())
    return;
  boost::json::object details{{"queue", queue + ".dlq"},
                              {"letters", waiting[0][0].as<std::int64_t>()},
                              {"since", waiting[0][1].c_str()},
                              {"error", why}};
  raise_alert(work.tx, {},
              {uuid::generate(),
               alert_severity::warning,
               "DEAD_LETTERS_NOT_SWEPT",
               fmt::format("What was decided stays in the broker's {}.dlq.", queue),
               {boost::json::serialize(details)},
               "sweeper",
               wall_clock_now()},
              stats_);
  work.tx.commit();
  state.next_alert = clock::now() + between_alerts;
}

/// Takes all that is there, a window after the other, and acknowledges what is to go; the rest is the queue's
/// again when we leave.
void dead_letter_sweeper::sweep(leader_session& at, const std::string& queue, decided& these) {
  amqp_connection broker{broker_};
  broker.open_channel(channel);
  auto depth = depth_of(broker, queue);
  if (!depth)
    these.done.merge(these.missing);
  auto deadline = clock::now() + queue_limit;
  broker.limit_prefetch(channel, window);
  for (std::uint32_t left = depth.value_or(0), held = 0, subscribed = 0; left > 0; --left) {
    if (held == subscribed * window)
      broker.subscribe(channel, queue, fmt::format("musterd sweeper {}", ++subscribed));
    auto signal = broker.wait(delivery_patience);
    const auto* delivery = std::get_if<amqp_delivery>(&signal);
    // Some of it may have gone meanwhile, by its age or to somebody else.
    if (signal.index() == 0 && broker.queue_depth(channel, queue) == 0)
      break;
    if (!delivery || clock::now() > deadline)
      throw amqp_error{"not all of " + queue + " was delivered"};
    at.expect_lead();
    if (these.has(*delivery))
      broker.acknowledge(channel, delivery->tag, false);
    else
      ++held;
  }
  depth_of(broker, queue);  // answered after the acknowledgements
  broker.close();
}

}  // namespace musterd
