#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/received_event.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <map>
#include <span>
#include <vector>

/// messaging.parked_message: a consumer's keys blocked by a failing message, and what waits behind it.
namespace musterd {

/// `locked`: somebody else holds the row, e.g. an operator deciding about it. Nothing more is known.
enum class head_state { ready, retrying, dead, locked };

/// The message that blocks a key.
struct parked_head {
  uuid event_id;
  head_state state = head_state::ready;
  int attempts = 0;
};

/// The heads of those of `keys` that are blocked; all but `locked` ones are now locked by this transaction.
/// Never waits.
std::map<owned_id, parked_head> blocked_heads(pqxx::transaction_base& tx, const std::string& consumer,
                                              std::span<const owned_id> keys);

/// How much may wait per key and in total, in bytes of bodies and headers, plus `row_cost` per row.
inline constexpr std::size_t key_room = 8 << 20, consumer_room = 64 << 20, row_cost = 1024;

/// Removes from `messages`, and returns, those exceeding it. What is parked already stays.
std::vector<const received_event*> drop_messages_without_room(pqxx::transaction_base& tx,
                                                              const std::string& consumer,
                                                              std::vector<const received_event*>& messages);

/// Queues messages behind the head of their key. Those already queued keep their place.
void park_messages(pqxx::transaction_base& tx, const std::string& consumer,
                   std::span<const received_event* const> messages);

/// Makes a failed message the head of its key, or updates it. `due`: when to run it from here if the broker
/// never redelivers it.
void block_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& message,
               head_state state, int attempts, const std::string& error, std::chrono::milliseconds due);

/// The head is finished: the next of its key may run. False if it was not there.
bool release_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& head);

/// For a consumer that was ordered in an earlier version: its messages no longer wait for each other.
void end_order(pqxx::transaction_base& tx, const std::string& consumer);

/// Heads that may run now: released ones, and retries long overdue from the broker. Key and id are right even
/// for one that cannot be read (any more). Skips locked ones.
std::vector<received_event> runnable_heads(pqxx::transaction_base& tx, const consumer_spec& consumer,
                                           int limit);

}  // namespace musterd
