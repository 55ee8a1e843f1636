#pragma once

#include "messaging/amqp/topology.hpp"
#include "messaging/inbox/received_event.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <map>
#include <span>
#include <vector>

/// messaging.parked_message: the keys of a consumer that are blocked by a failing message, and what waits
/// behind it.
namespace musterd {

/// `locked`: somebody else has the row, an operator who decides about it, say. Nothing more is known.
enum class head_state { ready, retrying, dead, locked };

/// The message that blocks a key.
struct parked_head {
  uuid event_id;
  head_state state = head_state::ready;
  int attempts = 0;
};

/// The heads of those of `keys` that are blocked; but for locked ones they stay as they are until the
/// transaction ends. Waits for nobody.
std::map<owned_id, parked_head> blocked_heads(pqxx::transaction_base& tx, const std::string& consumer,
                                              std::span<const owned_id> keys);

/// What may wait of a key, and in all, in bytes of bodies and headers; a row counts for what it costs.
inline constexpr std::size_t key_room = 8 << 20, consumer_room = 64 << 20, row_cost = 1024;

/// Takes those out of `messages` that would exceed it, and gives them. What waits already stays.
std::vector<const received_event*> drop_messages_without_room(pqxx::transaction_base& tx,
                                                              const std::string& consumer,
                                                              std::vector<const received_event*>& messages);

/// Puts messages behind the head of their key. Those already there stay where they are.
void park_messages(pqxx::transaction_base& tx, const std::string& consumer,
                   std::span<const received_event* const> messages);

/// Makes a failed message the head of its key, or updates it if it already is. `due`: when it may be run from
/// here should the broker never bring it back.
void block_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& message,
               head_state state, int attempts, const std::string& error, std::chrono::milliseconds due);

/// The head is done with: the next of its key may run. False when it was not there.
bool release_key(pqxx::transaction_base& tx, const std::string& consumer, const received_event& head);

/// The consumer's messages do not wait for each other any more, as they did in an earlier version.
void end_order(pqxx::transaction_base& tx, const std::string& consumer);

/// Heads that may run now: released ones, and retries the broker should have brought back long ago. Of one
/// that cannot be read (any more) key and id are right all the same. Locked ones are left out.
std::vector<received_event> runnable_heads(pqxx::transaction_base& tx, const consumer_spec& consumer,
                                           int limit);

}  // namespace musterd
