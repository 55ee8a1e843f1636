#pragma once

#include "actors/environment.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

namespace musterd {

/// Actors that make requests on behalf of threads outside the actor system: asking from such a thread would
/// block it, and an actor per question costs more (CAF_NOTES 33).
class asker_pool {
 public:
  using task = std::function<void(caf::event_based_actor&)>;

  /// One asker; `run` may be called from any thread.
  class asker {
   public:
    explicit asker(caf::actor handle) : handle_{std::move(handle)} {}
    void run(task t) const;

   private:
    caf::actor handle_;
  };

  asker_pool(caf::actor_system& system, std::size_t size);
  /// Ends the askers; what they still wait for is not answered any more.
  ~asker_pool();
  asker_pool(const asker_pool&) = delete;
  asker_pool& operator=(const asker_pool&) = delete;

  /// Questions about one entity go through one asker, and so stay in order.
  const asker& of(const entity_key& key) const {
    return askers_[std::hash<entity_key>{}(key) % askers_.size()];
  }

 private:
  std::vector<caf::actor> handles_;
  std::vector<asker> askers_;
};

}  // namespace musterd
