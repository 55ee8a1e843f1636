#pragma once

#include "actors/messages.hpp"
#include "common/process/interruption.hpp"
#include "supervision/thread_keeper.hpp"

#include <caf/event_based_actor.hpp>

namespace musterd {

/// Supervises a plain thread: the outbox relay, a consumer. The actor ends when `run` returns or throws. Told
/// to exit, it asks the thread to stop; if that takes too long, it cuts whatever the thread waits for.
class thread_actor : public caf::event_based_actor {
 public:
  using run_fn = std::function<void(const ending&)>;

  thread_actor(caf::actor_config& config, thread_keeper* threads, std::string what, run_fn run);
  const char* name() const override { return "thread"; }

 private:
  struct ended {
    std::string fault;
  };
  struct overdue {};
  caf::behavior make_behavior() override;
  void on_exit_wanted(const caf::error& reason);

  thread_keeper* threads_;
  std::string what_;
  run_fn run_;
  bool exiting_ = false;
  caf::error exit_reason_;
  std::stop_source stop_, cut_;
};

}  // namespace musterd
