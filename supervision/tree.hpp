#pragma once

#include "common/json/described.hpp"
#include "common/time/time.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace musterd {

enum class child_state { starting, running, backing_off, stopped, failed };
BOOST_DESCRIBE_ENUM(child_state, starting, running, backing_off, stopped, failed)

/// One node of the supervision tree, as in GET /api/ops/supervision.
struct supervision_node {
  std::string name;
  /// "supervisor", "region", "journal", "thread".
  std::string kind;
  /// Others can do without it: it fails alone.
  bool optional = false;
  child_state state = child_state::starting;
  timestamp since{};
  std::int64_t restarts = 0;
  std::optional<std::string> last_fault;
  std::optional<timestamp> last_fault_at;
  /// A supervisor's policy in words: "one-for-one, 5 restarts in 30 s".
  std::optional<std::string> policy;
  /// Live figures: awake entities, in flight, queue depth.
  std::map<std::string, std::int64_t> figures;
  std::vector<supervision_node> children;
};
BOOST_DESCRIBE_STRUCT(supervision_node, (),
                      (name, kind, optional, state, since, restarts, last_fault, last_fault_at, policy,
                       figures, children))

/// The tree as data. Supervisors write their own children, anybody may read. Thread-safe.
class supervision_tree {
 public:
  using figures_fn = std::function<std::map<std::string, std::int64_t>()>;

  /// Adds or replaces a node; paths are "root/journal/writer-0". `figures` is called whenever the tree is
  /// read.
  void declare(const std::string& path, std::string kind, std::optional<std::string> policy,
               figures_fn figures = {}, bool optional = false);
  void set_state(const std::string& path, child_state state, timestamp now);
  void count_restart(const std::string& path, std::string fault, timestamp now);
  supervision_node snapshot() const;
  /// Restarts by path, for metrics.
  std::map<std::string, std::int64_t> restarts() const;

 private:
  struct entry {
    supervision_node node;
    figures_fn figures;
  };
  mutable std::mutex mutex_;
  std::map<std::string, entry> nodes_;
};

}  // namespace musterd
