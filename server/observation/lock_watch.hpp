#pragma once

#include <string>
#include <thread>

#include <pqxx/pqxx>

namespace musterd {

/// Says in the log, while it lives, whose locks a session waits for: who looks at a server that does not come
/// up shall see why.
class lock_watch {
 public:
  /// Connects only if it is still there after a moment.
  lock_watch(std::string database_url, const pqxx::connection& watched);

 private:
  void run(const std::stop_token& stop) const;
  void look(pqxx::connection& db) const;

  std::string url_;
  int pid_;
  std::jthread thread_;
};

}  // namespace musterd
