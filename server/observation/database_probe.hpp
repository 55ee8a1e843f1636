#pragma once

#include "common/process/interruption.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace musterd {

/// Asks the database every second whether it is up and writable; readiness means only this.
class database_probe {
 public:
  explicit database_probe(std::string database_url) : url_{std::move(database_url)} {}

  /// One thread, until stopped. Never throws: after a failure it asks again a moment later.
  void run(const ending& until);
  /// Whether the last answer was yes, and recent.
  bool database_up() const;

 private:
  using clock = std::chrono::steady_clock;
  void ask(const ending& until);
  /// Logs once until it is up again.
  void say_down(std::string_view why);

  std::string url_;
  /// Initially up: a server that has just migrated has reached the database.
  std::atomic<clock::time_point> answered_{clock::now()};
  std::atomic<bool> yes_{true};
  bool said_down_ = false;
};

}  // namespace musterd
