#pragma once

#include <string>
#include <thread>

#include <pqxx/pqxx>

namespace musterd {

/// While it exists, logs whose locks a session waits for, to show why a server does not come up.
class lock_watch {
 public:
  /// Connects only if it still exists after a moment.
  lock_watch(std::string database_url, const pqxx::connection& watched);

 private:
  void run(const std::stop_token& stop) const;
  void look(pqxx::connection& db) const;

  std::string url_;
  int pid_;
  std::jthread thread_;
};

}  // namespace musterd
