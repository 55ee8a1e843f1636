#pragma once

#include "common/json/described.hpp"
#include "persistence/sql/read_lane.hpp"
#include "persistence/sql/read_pool_settings.hpp"

#include <array>

namespace musterd {

/// What a read is for. Each use has its own threads, connections and queue: lists and reports may be slow and
/// come in crowds, and reads for commands and sign-ins must not queue behind them.
enum class read_use { command, list };
BOOST_DESCRIBE_ENUM(read_use, command, list)

/// Runs loaders and queries on its own threads and connections. No read outlasts its deadline, whatever the
/// database or the network does.
class read_pool {
 public:
  explicit read_pool(const read_pool_settings& settings);
  ~read_pool();

  /// False when the queue is full; then neither callback runs.
  [[nodiscard]] bool submit(read_job work, read_use use = read_use::command) {
    return lanes_[static_cast<std::size_t>(use)].submit(std::move(work));
  }
  /// Fails waiting reads and cuts off running ones. What the callbacks use must outlive them all.
  void stop();
  /// Call after `stop`. False if something still runs, e.g. a host name lookup.
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
