#pragma once

#include "common/uuid.hpp"

#include <pqxx/transaction_base>

#include <chrono>
#include <span>
#include <string>
#include <unordered_set>

namespace musterd {

/// Writes down that `consumer` handles these events in this transaction; gives those it has not handled
/// before.
std::unordered_set<uuid> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                      std::span<const uuid> event_ids);

/// Forgets what is older than any redelivery, some thousand rows at a time; gives how many.
std::size_t purge_inbox(pqxx::transaction_base& tx, const std::string& consumer, std::chrono::hours kept);

}  // namespace musterd
