#pragma once

#include "messaging/inbox/owned_id.hpp"

#include <pqxx/transaction_base>

#include <set>
#include <string_view>

namespace musterd {

/// Why a contradicted event becomes a dead letter.
inline constexpr std::string_view another_event =
    "EVENT_DIFFERS: Another event with this id came before, or one of another key.";

/// An event as the inbox knows it.
struct event_claim {
  owned_id id;
  uuid key;
  /// Digest in hex.
  std::string content;
};

/// Records that `consumer` handles these events in this transaction; returns those not handled before.
std::set<owned_id> claim_events(pqxx::transaction_base& tx, const std::string& consumer,
                                std::span<const event_claim> events);

/// Events whose id is taken by another: one handled or waiting with other content, or waiting under another
/// key.
std::set<owned_id> contradicted_events(pqxx::transaction_base& tx, const std::string& consumer,
                                       std::span<const event_claim> events);

/// Those already parked, with the same content and key.
std::set<owned_id> waiting_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const event_claim> events);

/// Those already handled.
std::set<owned_id> claimed_events(pqxx::transaction_base& tx, const std::string& consumer,
                                  std::span<const owned_id> events);

}  // namespace musterd
