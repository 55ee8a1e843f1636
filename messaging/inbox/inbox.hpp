#pragma once

#include "messaging/inbox/owned_id.hpp"

#include <pqxx/transaction_base>

#include <set>
#include <string_view>

namespace musterd {

/// Why an event that is contradicted goes to the dead letters.
inline constexpr std::string_view another_event =
    "EVENT_DIFFERS: Another event with this id came before, or one of another key.";

/// An event as the inbox knows it.
struct event_claim {
  owned_id id;
  uuid key;
  /// Digest in hex.
  std::string content;
};

/// Writes down that `consumer` handles these events in this transaction; gives those it has not handled
/// before.
std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const event_claim> events);

/// Those whose id is another event's: one with other content that was handled or waits, or one of another key
/// that waits.
std::set<owned_id> contradicted_events(pqxx::transaction_base& tx, const std::string& consumer,
                                       std::span<const event_claim> events);

/// Those that wait already.
std::set<owned_id> waiting_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const event_claim> events);

/// Those of the events that it has handled.
std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events);

}  // namespace musterd
