#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <pqxx/pqxx>

namespace musterd {

/// Small recurring work with the database on one thread: probing whether it is there, refreshing what is
/// cached of it, forgetting what is old.
class housekeeping {
 public:
  struct chore {
    std::string name;
    std::chrono::milliseconds every;
    std::function<void(pqxx::transaction_base&)> run;
  };

  housekeeping(std::string database_url, std::vector<chore> chores);

  /// Until stopped. Throws nothing that has to do with the database: it is probed again a moment later.
  void run(std::stop_token stop);
  /// Whether the last probe, not older than a few seconds, found the database.
  bool database_up() const { return database_up_; }

 private:
  void turn();

  struct scheduled {
    chore what;
    std::chrono::steady_clock::time_point due;
  };
  std::string url_;
  std::vector<scheduled> chores_;
  std::atomic<bool> database_up_{true};
  std::unique_ptr<pqxx::connection> db_;
};

}  // namespace musterd
