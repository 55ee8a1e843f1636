#pragma once

#include "actors/environment.hpp"
#include "common/observation/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <atomic>
#include <memory>

namespace musterd {

/// An asker serves many: a failing callback must not end it.
template <class F>
void call_safely(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    log::error({"asker", "callback_failed"}, "{}", e.what());
  }
}

/// Actors that make requests for threads outside the actor system: asking from such a thread would block it,
/// and an actor per question costs more. A failed one is replaced; its open requests stay unanswered.
class asker_pool {
 public:
  using task = std::function<void(caf::event_based_actor&)>;

  /// One asker; `run` is thread-safe.
  class asker {
   public:
    explicit asker(caf::actor_system& system);
    void run(task t) const;
    void close();

   private:
    struct desk {
      slot<caf::actor> who;
      std::atomic<bool> closed{false};
    };
    static void staff(caf::actor_system& system, const std::shared_ptr<desk>& at);

    std::shared_ptr<desk> desk_ = std::make_shared<desk>();
  };

  asker_pool(caf::actor_system& system, std::size_t size);
  /// Ends the askers; their open requests stay unanswered.
  ~asker_pool();
  asker_pool(const asker_pool&) = delete;
  asker_pool& operator=(const asker_pool&) = delete;

  /// Requests for one entity go through one asker, and so stay in order.
  const asker& of(const entity_key& key) const {
    return askers_[std::hash<entity_key>{}(key) % askers_.size()];
  }

 private:
  std::vector<asker> askers_;
};

}  // namespace musterd
