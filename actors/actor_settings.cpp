#include "actors/actor_settings.hpp"

#include "common/settings/setting_list.hpp"

namespace musterd {

void describe(setting_list& on, actor_settings& s) {
  on.number("actors.threads", s.threads, {1, 256}, "Threads that run actors.");
  on.number("actors.regions", s.regions, {1, 64}, "Regions per aggregate, which find and wake entities.");
  on.number<std::chrono::seconds>("actors.idle_seconds", s.limits.idle_before_passivation, {1, 86'400},
                                  "Idle time after which an entity sleeps.");
  on.number(
      "actors.max_in_flight", s.limits.max_in_flight_per_entity, {1, 10'000},
      "Most commands waiting for one entity, and eight times as many questions; further ones get BUSY.");
}

void describe(setting_list& on, journal_settings& s) {
  on.number("journal.writers", s.writers, {1, 16}, "Connections that commit, each with its own batches.");
}

}  // namespace musterd
