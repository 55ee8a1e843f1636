#pragma once

#include "actors/messages.hpp"
#include "supervision/restart_policy.hpp"
#include "supervision/tree.hpp"

#include <caf/event_based_actor.hpp>

#include <future>

namespace musterd {

/// How to start one child. `start` runs on the supervisor and may throw; the actor it returns is monitored.
struct child_spec {
  std::string name;
  std::string kind;
  std::function<caf::actor(caf::actor_system&)> start;
  supervision_tree::figures_fn figures = {};
  /// At shutdown the children of a layer end together. Higher layers, which need the lower ones, end first.
  int layer = 0;
  /// Others can do without it: it fails alone and is restarted for ever, with growing delays.
  bool optional = false;
};

/// Asks a supervisor to end its children and then itself; or only layers from `down_to` up.
struct stop_children {
  /// Fulfilled with the paths of killed children; broken if the supervisor is dead.
  std::shared_ptr<std::promise<std::vector<std::string>>> done;
  /// Whatever is still alive then is killed.
  std::chrono::steady_clock::time_point deadline;
  int down_to = 0;
};

/// An Erlang/OTP supervisor: starts its children in order, restarts failed ones by its policy with backoff,
/// and fails itself (so that its own supervisor acts) if they fail too often, unless optional. A child that
/// ends normally outside a shutdown has failed too: none is meant to end by itself. It ends after its
/// children, and restarts one only once its predecessor is gone: what they share is never used by two.
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
    /// False from being asked to end until started again.
    bool wanted = true;
    std::uint64_t generation = 0;
    /// Due to start, in table order, once no child to be restarted is left.
    bool due = false;
    /// For an optional child only.
    restart_budget budget;
    /// Asked to end; a supervisor then reports which of its children it killed.
    bool ending = false;
    std::future<std::vector<std::string>> killed = {};
  };
  /// Children with their generations: one started meanwhile is left alone.
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
