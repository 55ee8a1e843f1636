#pragma once

#include "common/process/interruption.hpp"
#include "persistence/lead/lease.hpp"

#include <pqxx/pqxx>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace musterd {

/// Takes leases of roles (`cluster.lease`) for one server, and renews them on a thread and a connection of
/// its own, whatever their holders wait for. Thread-safe.
class lease_keeper {
 public:
  explicit lease_keeper(std::string database_url, lease_times times = {});

  /// Nothing while another holds it. `before`: how we held it last, from which it is taken over at once, and
  /// what an earlier session of ours still writes under it is refused, or waited for.
  std::shared_ptr<lease> take(pqxx::connection& db, const std::string& role,
                              std::chrono::milliseconds longest_silence,
                              const std::optional<lease_term>& before = {});
  /// At once, for the next who asks. Only by whoever does nothing under it any more.
  static void give_up(pqxx::connection& db, const lease_term& term);

  const std::string& database_url() const { return url_; }
  const lease_times& times() const { return times_; }

 private:
  struct session {
    session(const std::string& url, const std::stop_token& stop);
    std::unique_ptr<pqxx::connection> db;
    interruption interruptible;
  };

  void run(const std::stop_token& stop);
  /// Those that somebody still has and asks for.
  std::vector<std::shared_ptr<lease>> alive();
  void renew(const std::vector<std::shared_ptr<lease>>& these, const std::stop_token& stop);

  std::string url_;
  lease_times times_;
  uuid holder_ = uuid::generate();
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::weak_ptr<lease>> leases_;
  std::optional<session> session_;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

}  // namespace musterd
