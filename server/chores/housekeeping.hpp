#pragma once

#include "common/process/interruption.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <pqxx/pqxx>

namespace musterd {

/// Small recurring work with the database, on one thread: refreshing what is cached of it, measuring,
/// forgetting what is old. Each chore has its own time and its own failure; the others come to their turn all
/// the same.
class housekeeping {
 public:
  struct chore {
    std::string name;
    std::chrono::milliseconds every;
    std::function<void(pqxx::transaction_base&)> run;
    /// Of one of its statements; a lock is waited for half as long.
    std::chrono::milliseconds budget{1000};
    /// Called before the first run on each new connection: it may lead to another server.
    std::function<void()> connected = [] {};
  };
  /// Told of every chore: how long it took, and why it failed, if it did.
  using observer = std::function<void(const std::string& chore, std::chrono::microseconds took,
                                      const std::exception* failed)>;

  /// Its sessions are called "musterd <name>".
  housekeeping(std::string name, std::string database_url, std::vector<chore> chores, observer done);

  /// Until stopped. Throws nothing that has to do with the database: it is tried again a moment later.
  void run(const ending& until);

 private:
  using clock = std::chrono::steady_clock;
  struct scheduled {
    chore what;
    clock::time_point due;
    bool failing = false;
  };

  void work(const ending& until);
  void perform(pqxx::connection& db, scheduled& c) const;
  void note(scheduled& c, clock::time_point began, const std::exception* failed) const;

  std::string name_, url_;
  std::vector<scheduled> chores_;
  observer done_;
};

}  // namespace musterd
