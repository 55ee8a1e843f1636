#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace musterd {

class setting_list;

/// Timeouts of the actors, which shrink inwards: client > command > commit > statement > lock (the last two
/// are in persistence/journal/journal_writer.cpp).
struct actor_limits {
  std::chrono::milliseconds commit_timeout{8000};
  /// A commit that waited longer is not begun: its answer would be too late.
  std::chrono::milliseconds commit_begins_within{5000};
  std::chrono::milliseconds command_timeout{10'000};
  /// Time for earlier commits to settle before a record is read; the read has its own deadline.
  std::chrono::milliseconds wake_timeout{4000};
  std::chrono::milliseconds idle_before_passivation{600'000};
  std::chrono::milliseconds passivation_sweep{5000};
  /// Commands waiting for one entity before it answers BUSY.
  std::int64_t max_in_flight_per_entity = 64;
};

/// `[actors]`
struct actor_settings {
  std::size_t threads = 2;
  /// Per aggregate.
  std::size_t regions = 2;
  actor_limits limits;
};

/// `[journal]`
struct journal_settings {
  std::size_t writers = 1;
};

void describe(setting_list& on, actor_settings& s);
void describe(setting_list& on, journal_settings& s);

}  // namespace musterd
