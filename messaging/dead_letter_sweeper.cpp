#include "messaging/dead_letter_sweeper.hpp"

#include "common/log.hpp"
#include "persistence/leader_session.hpp"

#include <map>

namespace musterd {
namespace {

using namespace std::chrono_literals;

constexpr amqp_connection::channel_id channel = 1;
constexpr auto delivery_patience = 5s;
/// For a whole sweep, waiting for the broker included.
constexpr auto turn_limit = 5min;
/// What is still in the outbox comes to the queue later.
constexpr auto due_sql = R"(
  SELECT dead_letter_id, queue, event_id FROM messaging.dead_letter_sweep s
  WHERE NOT EXISTS (SELECT FROM messaging.outbox o WHERE o.event_id = s.event_id)
    AND NOT EXISTS (SELECT FROM messaging.outbox_held h WHERE h.event_id = s.event_id)
  ORDER BY decided_at LIMIT 10000)";

}  // namespace

void dead_letter_sweeper::run(const ending& until) {
  auto alone = sole_run(running_, until.stop);
  if (!alone)
    return;
  stopping_.take();
  broker_.cut = until.cut;
  std::stop_callback wake{until.stop, [this] { stopping_.raise(); }};
  while (!until.stop.stop_requested()) {
    try {
      turn(until);
      backoff_.reset();
      stopping_.sleep(-1, tick_);
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

void dead_letter_sweeper::turn(const ending& until) {
  if (!db_) {
    db_ = connect_database(url_, "musterd sweeper", until.cut);
    interruption_.emplace(db_->sock(), "musterd sweeper", until.cut);
    auto limit = interruption_->within(silence_limit);
    session_.begin(*db_);
    // Between two questions queues are swept.
    pqxx::nontransaction{*db_}.exec(leader_settings(turn_limit));
  }
  auto limit = interruption_->within(turn_limit);
  if (!lead())
    return;
  auto due = pqxx::nontransaction{*db_}.exec(due_sql);
  std::map<std::string, std::set<std::string>> by_queue;
  std::string letters = "{";
  for (const auto& row : due) {
    by_queue[row[1].as<std::string>()].insert(row[2].as<std::string>());
    letters += (letters.size() > 1 ? "," : "") + row[0].as<std::string>();
  }
  if (by_queue.empty())
    return;
  for (const auto& [queue, event_ids] : by_queue)
    sweep(queue + ".dlq", event_ids);
  pqxx::nontransaction tx{*db_};
  query(tx, "DELETE FROM messaging.dead_letter_sweep WHERE dead_letter_id = ANY ($1::uuid[])", letters + "}");
}

/// Takes all that is there, acknowledges what is to go; the rest is the queue's again when we leave.
void dead_letter_sweeper::sweep(const std::string& queue, const std::set<std::string>& event_ids) {
  amqp_connection broker{broker_};
  broker.open_channel(channel);
  auto left = broker.queue_depth(channel, queue);
  if (left > 0)
    broker.subscribe(channel, queue, "musterd sweeper");
  for (; left > 0; --left) {
    auto signal = broker.wait(delivery_patience);
    const auto* delivery = std::get_if<amqp_delivery>(&signal);
    if (!delivery)
      throw amqp_error{"not all of " + queue + " was delivered"};
    if (event_ids.contains(delivery->message_id))
      broker.acknowledge(channel, delivery->tag, false);
  }
  broker.queue_depth(channel, queue);  // answered after the acknowledgements
  broker.close();
}

}  // namespace musterd
