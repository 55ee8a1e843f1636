#pragma once

#include "messaging/inbox/owned_id.hpp"

#include <pqxx/transaction_base>

#include <set>

namespace musterd {

/// Writes down that `consumer` handles these events in this transaction; gives those it has not handled
/// before.
std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const owned_id> events);

/// Those of the events that it has handled.
std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events);

}  // namespace musterd
