#pragma once

#include "common/json/described.hpp"
#include "persistence/sql/read_lane.hpp"
#include "persistence/sql/read_pool_settings.hpp"

#include <array>

namespace musterd {

/// What a read is for. Each has threads, connections and a queue of its own: lists and reports may take long
/// and come in crowds, and what a command or a sign-in waits for must not stand behind them.
enum class read_use { command, list };
BOOST_DESCRIBE_ENUM(read_use, command, list)

/// Runs loaders and queries on threads and connections of its own. No read lasts beyond its deadline,
/// whatever the database or the network does.
class read_pool {
 public:
  explicit read_pool(const read_pool_settings& settings);
  ~read_pool();

  /// False when too many wait already; nothing will be called then.
  [[nodiscard]] bool submit(read_job work, read_use use = read_use::command) {
    return lanes_[static_cast<std::size_t>(use)].submit(std::move(work));
  }
  /// Fails what waits and cuts off what runs. What the callbacks use must last until all has ended.
  void stop();
  /// After `stop`. False if something still runs: a host name that nobody resolves, say.
  bool wait_until_ended(read_lane::clock::time_point deadline);

  const read_lane& lane(read_use use) const { return lanes_[static_cast<std::size_t>(use)]; }

 private:
  void watch();

  std::array<read_lane, 2> lanes_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::jthread watchdog_;
};

}  // namespace musterd
