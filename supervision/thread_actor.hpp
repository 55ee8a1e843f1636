#pragma once

#include "actors/messages.hpp"

#include <caf/event_based_actor.hpp>

#include <stop_token>
#include <thread>

namespace musterd {

/// Puts a plain thread under supervision: the outbox relay, a consumer. The actor ends when `run` returns or
/// throws, and asks it to stop when it is told to exit. `run` blocks until its token is stopped; `wake`
/// interrupts its waits.
class thread_actor : public caf::event_based_actor {
 public:
  thread_actor(caf::actor_config& config, std::string what, std::function<void(std::stop_token)> run);
  const char* name() const override { return "thread"; }

 private:
  struct ended {
    std::string fault;
  };
  caf::behavior make_behavior() override;

  std::string what_;
  std::function<void(std::stop_token)> run_;
  bool exiting_ = false;
  caf::error exit_reason_;
  std::jthread thread_;
};

}  // namespace musterd
