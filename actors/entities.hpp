#pragma once

#include "actors/asker.hpp"
#include "actors/replay.hpp"

namespace musterd {

/// How the rest of the server reaches the entities of one aggregate: HTTP, consumers, timers. Thread-safe.
/// Callbacks run on actor threads and must only pass on their arguments.
///
/// Defined in entities_impl.hpp and compiled once per aggregate, in actors/aggregates/: whoever sends a
/// command does not pay for what receives it.
template <aggregate A>
class entities {
 public:
  using content = typename routed_command<A>::content;

  entities(const actor_environment& env, asker_pool& askers) : env_{env}, askers_{askers} {}

  /// The regions in service. Keys are spread over them.
  handle_table<caf::actor>& regions() { return regions_; }
  region_stats& stats() { return stats_; }
  /// Starts the region of a position, in place of one that has ended.
  caf::actor start_region(caf::actor_system& system, std::size_t position);

  /// Runs a command on its entity. A repeated Idempotency-Key gets the first answer.
  template <class Command>
  void execute(request_context ctx, uuid id, Command command, answer_callback done) {
    execute_named(Command::name, id, content{std::move(ctx), std::move(command)}, std::move(done));
  }

  /// Asks an entity a question; see `answers_questions`.
  void ask(const entity_key& key, typename question_to<A>::type question, timestamp now,
           std::function<void(outcome<typename question_to<A>::reply>)> done)
    requires answers_questions<A>;

  /// Makes an awake entity compare itself with what is committed, unless it knows that version.
  void look_again(const entity_key& key, std::int64_t committed = 0) const;

 private:
  void execute_named(std::string_view name, uuid id, content what, answer_callback done);
  void run(caf::event_based_actor& self, const caf::actor& to, const routed_command<A>& m,
           const answer_callback& finish, int tried = 0) const;
  caf::actor region_of(const entity_key& key) const;

  const actor_environment& env_;
  asker_pool& askers_;
  region_stats stats_;
  handle_table<caf::actor> regions_;
};

}  // namespace musterd
