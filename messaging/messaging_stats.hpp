#pragma once

#include "domain/operations/dead_letter.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace musterd {

/// Counters and gauges for the metrics, shared by the relay and all consumers of one server.
struct messaging_stats {
  using counter = std::atomic<std::uint64_t>;

  counter published{0}, confirmed{0}, nacked{0};
  counter relay_reconnects{0}, consumer_reconnects{0};
  counter consumed{0}, duplicates{0}, retried{0}, parked{0}, alerts{0};
  /// By `dead_reason`.
  std::array<counter, 5> dead_lettered{};

  /// Gauges: unconfirmed outbox rows, the age of the oldest, messages now in flight to the broker.
  std::atomic<std::int64_t> outbox_depth{0}, outbox_lag_ms{0}, in_flight{0};
  /// Whether this server's relay is the leader, and whether it reaches the broker.
  std::atomic<bool> relay_leads{false}, broker_up{false};
};

}  // namespace musterd
