#pragma once

#include "actors/messages.hpp"
#include "supervision/restart_policy.hpp"
#include "supervision/tree.hpp"

#include <caf/event_based_actor.hpp>

#include <future>

namespace musterd {

/// How to start one child. `start` runs on the supervisor and may throw; what it returns is monitored.
struct child_spec {
  std::string name;
  std::string kind;
  std::function<caf::actor(caf::actor_system&)> start;
  supervision_tree::figures_fn figures = {};
  /// At shutdown the children of a layer end together, those of higher layers, which need the lower ones,
  /// first.
  int layer = 0;
  /// Others can do without it: it fails alone and is restarted for ever, less often the longer it fails.
  bool optional = false;
};

/// Asks a supervisor to end its children and then itself; or only those of `down_to` and above.
struct stop_children {
  /// Fulfilled with the paths of those that had to be killed; broken when the supervisor is dead.
  std::shared_ptr<std::promise<std::vector<std::string>>> done;
  /// When who is still there is killed.
  std::chrono::steady_clock::time_point deadline;
  int down_to = 0;
};

/// An Erlang/OTP supervisor: starts its children in order, restarts those that fail according to its policy
/// with backoff, and fails itself (so that its own supervisor acts) when they fail too often, unless they are
/// optional. A child that ends normally outside a shutdown has failed too: nothing here is meant to end by
/// itself. It ends only after its children, and starts one again only once the one before is gone: what they
/// share is never two's.
class supervisor : public caf::event_based_actor {
 public:
  supervisor(caf::actor_config& config, supervision_tree* tree, std::string path, restart_policy policy,
             std::vector<child_spec> children);
  const char* name() const override { return "supervisor"; }

 private:
  struct child {
    child_spec spec;
    std::string path;
    caf::actor handle;  // the table owns it: monitoring alone would let it die at once
    /// False from when it is asked to end until it is started again.
    bool wanted = true;
    std::uint64_t generation = 0;
    /// To be started, in the order of the table, once nobody who is to be started again is there any more.
    bool due = false;
    /// An optional child's own.
    restart_budget budget;
    /// Asked to end; of a supervisor, with what it will say of its own children.
    bool ending = false;
    std::future<std::vector<std::string>> killed = {};
  };
  /// Children, each of its generation: one that was started meanwhile is left alone.
  struct start_again {
    std::size_t first;
    std::vector<std::uint64_t> generations;
  };
  struct kill_overdue {
    std::size_t index;
    std::uint64_t generation;
  };

  caf::behavior make_behavior() override;
  void start(child& c);
  void on_down(const caf::down_msg& down);
  void on_failure(std::size_t index, const std::string& fault);
  void escalate(child& failed, const std::string& fault);
  void restart_later(std::size_t index, std::chrono::milliseconds wait);
  void start_due();
  void end(child& c);
  void end_all(caf::error reason);
  void quit_once_alone();
  void stop_next();
  void ask_to_end(std::size_t index);

  supervision_tree* tree_;
  std::string path_;
  restart_policy policy_;
  restart_budget budget_;
  std::vector<child> children_;
  std::vector<std::string> killed_;
  std::optional<stop_children> stopping_;
  /// Why this ends as soon as its children have.
  std::optional<caf::error> ending_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace musterd

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(musterd::stop_children)
