#pragma once

#include "messaging/owned_id.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <set>

namespace musterd {

/// Writes down that `consumer` handles these events in this transaction; gives those it has not handled
/// before.
std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const owned_id> events);

/// Those of the events that it has handled.
std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events);

/// Forgets what is older than any redelivery, some thousand rows at a time; gives how many.
std::size_t purge_inbox(pqxx::transaction_base& tx, const std::string& consumer, std::chrono::hours kept);

}  // namespace musterd
