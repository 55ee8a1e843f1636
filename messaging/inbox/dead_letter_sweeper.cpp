#include "messaging/inbox/dead_letter_sweeper.hpp"

#include "common/observation/log.hpp"
#include "domain/kernel/sql_value.hpp"
#include "messaging/inbox/received_event.hpp"
#include "persistence/sql/leader_session.hpp"

#include <algorithm>

namespace musterd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr amqp_connection::channel_id channel = 1;
constexpr int queue_not_found = 404;
constexpr auto delivery_patience = 5s;
/// For a whole sweep, waiting for the broker included.
constexpr auto turn_limit = 5min;
/// What is still in the outbox comes to the queue later; so does a consumer's copy, within the time it waits
/// for the broker.
constexpr auto due_sql = R"(
  SELECT dead_letter_id, event_id FROM messaging.dead_letter_sweep s
  WHERE queue = $1 AND NOT EXISTS (SELECT FROM messaging.outbox o WHERE o.event_id = s.event_id)
    AND NOT EXISTS (SELECT FROM messaging.outbox_held h WHERE h.event_id = s.event_id)
    AND NOT EXISTS (SELECT FROM messaging.dead_letter d WHERE d.id = s.dead_letter_id AND d.consumer <> 'offboarding'
      AND d.dead_at > now() - interval '15 seconds')
  ORDER BY decided_at LIMIT 10000)";

/// Of a queue that is gone, as a consumer's is that is no more, nothing is to be taken out.
std::uint32_t depth_of(amqp_connection& broker, const std::string& queue) try {
  return broker.queue_depth(channel, queue);
} catch (const amqp_refused& refusal) {
  if (refusal.code() != queue_not_found)
    throw;
  broker.open_channel(channel);
  return 0;
}

}  // namespace

/// Copies of commands that cases gave up, of earlier versions, and of what came again have no letter's id.
bool dead_letter_sweeper::decided::has(const amqp_delivery& copy) const {
  auto letter = header_text(copy, letter_header);
  return letter.empty() ? events.contains(copy.message_id) : letters.contains(std::string{letter});
}

void dead_letter_sweeper::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  stopping_.take();
  broker_.cut = until.cut;
  std::stop_callback wake{until.stop, [this] { stopping_.raise(); }};
  while (!until.stop.stop_requested()) {
    try {
      if (turn(until)) {
        backoff_.reset();
        stopping_.sleep(-1, pause_);
      } else {
        stopping_.sleep(-1, backoff_.next());
      }
    } catch (const std::exception& error) {
      log::warn({"sweeper", "interrupted"}, "{}", error.what());
      lose_database();
      stopping_.sleep(-1, backoff_.next());
    }
  }
  lose_database();
}

void dead_letter_sweeper::lose_database() {
  interruption_.reset();
  db_.reset();
  leads_ = false;
}

bool dead_letter_sweeper::lead() {
  pqxx::nontransaction tx{*db_};
  leads_ = leads_ ||
           tx.exec("SELECT pg_try_advisory_lock(hashtextextended('musterd dead letter sweeper', 0))")[0][0]
               .as<bool>();
  return leads_;
}

/// False if a queue could not be swept.
bool dead_letter_sweeper::turn(const ending& until) {
  if (!db_) {
    db_ = connect_database(url_, "musterd sweeper", until.cut);
    interruption_.emplace(db_->sock(), "musterd sweeper", until.cut);
    auto limit = interruption_->within(silence_limit);
    session_.begin(*db_);
    // Between two questions queues are swept.
    pqxx::nontransaction{*db_}.exec(leader_settings(turn_limit));
  }
  auto limit = interruption_->within(turn_limit);
  pause_ = tick_;
  if (!lead())
    return true;
  bool all = true;
  for (const auto& row :
       pqxx::nontransaction{*db_}.exec("SELECT DISTINCT queue FROM messaging.dead_letter_sweep"))
    if (!until.stop.stop_requested())
      all = work_off(row[0].c_str()) && all;
  return all;
}

bool dead_letter_sweeper::work_off(const std::string& queue) try {
  pqxx::nontransaction tx{*db_};
  decided these;
  auto begin = clock::now();
  for (const auto& row : query(tx, due_sql, queue)) {
    these.letters.insert(row[0].as<std::string>());
    if (!row[1].is_null())
      these.events.insert(row[1].as<std::string>());
  }
  if (!these.letters.empty()) {
    sweep(queue + ".dlq", these);
    query(tx, "DELETE FROM messaging.dead_letter_sweep WHERE dead_letter_id = ANY ($1::uuid[])",
          array_literal(std::vector(these.letters.begin(), these.letters.end())));
  }
  // Outbox and queue are looked through, and both may be long.
  pause_ = std::max(pause_, std::chrono::ceil<std::chrono::milliseconds>(20 * (clock::now() - begin)));
  return true;
} catch (const amqp_error& error) {
  log::warn({"sweeper", "queue_not_swept"}, "{}: {}", queue, error.what());
  return false;
}

/// Takes all that is there, acknowledges what is to go; the rest is the queue's again when we leave.
void dead_letter_sweeper::sweep(const std::string& queue, const decided& these) {
  amqp_connection broker{broker_};
  broker.open_channel(channel);
  auto left = depth_of(broker, queue);
  if (left == 0)
    return broker.close();
  broker.subscribe(channel, queue, "musterd sweeper");
  for (; left > 0; --left) {
    auto signal = broker.wait(delivery_patience);
    const auto* delivery = std::get_if<amqp_delivery>(&signal);
    if (!delivery)
      throw amqp_error{"not all of " + queue + " was delivered"};
    if (these.has(*delivery))
      broker.acknowledge(channel, delivery->tag, false);
  }
  broker.queue_depth(channel, queue);  // answered after the acknowledgements
  broker.close();
}

}  // namespace musterd
