#pragma once

#include "common/process/interruption.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

namespace musterd {

/// Asks the database every second whether it is there and takes changes; that alone is what readiness means.
class database_probe {
 public:
  explicit database_probe(std::string database_url) : url_{std::move(database_url)} {}

  /// One thread, until stopped. Throws nothing: the database is asked again a moment later.
  void run(const ending& until);
  /// Whether the last answer was yes, and not long ago.
  bool database_up() const;

 private:
  using clock = std::chrono::steady_clock;
  void ask(const ending& until);
  /// Once, until it is up again.
  void say_down(std::string_view why);

  std::string url_;
  /// Before the first answer: a server that has just migrated has met the database.
  std::atomic<clock::time_point> answered_{clock::now()};
  std::atomic<bool> yes_{true};
  bool said_down_ = false;
};

}  // namespace musterd
