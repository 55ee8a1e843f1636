#pragma once

#include "actors/asker.hpp"
#include "actors/region.hpp"
#include "actors/replay.hpp"

namespace musterd {

/// How the rest of the server reaches the entities of one aggregate: HTTP, consumers, timers. Thread-safe.
/// Callbacks run on actor threads and must only pass on their arguments.
template <aggregate A>
class entities {
 public:
  entities(const actor_environment& env, asker_pool& askers) : env_{env}, askers_{askers} {}

  /// The regions in service; replaced when a supervisor restarts one. Keys are spread over them.
  handle_table<caf::actor>& regions() { return regions_; }
  region_stats& stats() { return stats_; }

  /// Runs a command on its entity. A repeated Idempotency-Key gets the first answer.
  template <class Command>
  void execute(request_context ctx, uuid id, Command command,
               std::function<void(entity_answer, bool replayed)> done) {
    entity_key key{ctx.tenant, id};
    using content = typename routed_command<A>::content;
    auto what = std::make_shared<const content>(content{std::move(ctx), std::move(command)});
    auto finish = observed<Command>(what, std::move(done));
    auto to = region_of(key);
    if (!to)
      return finish({unavailable("The server is starting or stopping."), 0, {}, {}, false}, false);
    askers_.of(key).run([this, to, key, what, finish = std::move(finish)](caf::event_based_actor& self) {
      run(self, to, {key, what}, finish);
    });
  }

  /// Asks an entity a question; see `answers_questions`.
  template <class Question, answers_questions B = A, class Reply = typename B::reply>
  void ask(entity_key key, Question question, timestamp now,
           std::type_identity_t<std::function<void(outcome<Reply>)>> done) {
    auto to = region_of(key);
    if (!to)
      return done(
          outcome<Reply>{boost::system::in_place_error, unavailable("The server is starting or stopping.")});
    askers_.of(key).run([this, to, m = routed_question<A>{key, now, std::move(question)},
                         done = std::move(done)](caf::event_based_actor& self) {
      request<Reply>(
          self, env_.limits.command_timeout, to, m,
          [done](Reply& reply) { done(outcome<Reply>{boost::system::in_place_value, std::move(reply)}); },
          [done](const caf::error&) {
            done(outcome<Reply>{boost::system::in_place_error, unavailable("The record could not be read.")});
          });
    });
  }

  /// Makes an awake entity compare itself with what is committed, unless it knows that version.
  void look_again(const entity_key& key, std::int64_t committed = 0) const {
    if (auto to = region_of(key))
      caf::anon_send(to, musterd::look_again{key, committed});
  }

 private:
  /// A record changed behind its actor's back, e.g. by another node, restarts from what is committed. The
  /// command was not begun then, and is retried, at once and then after growing pauses: the company may be
  /// changing many times a second, or the caller is being read.
  void run(caf::event_based_actor& self, const caf::actor& to, const routed_command<A>& m,
           const answer_callback& finish, int tried = 0) const {
    request<entity_answer>(
        self, env_.limits.command_timeout, to, m,
        [this, &self, to, m, finish, tried](entity_answer& answer) {
          if (answer.failure && answer.failure->code == record_changed) {
            if (tried == 0)
              return run(self, to, m, finish, 1);
            if (tried < most_tries)
              return later(
                  self, (1 << tried) * pause_before_asking_again,
                  [=, this](caf::event_based_actor& asker) { run(asker, to, m, finish, tried + 1); });
            answer.failure = unavailable(std::move(answer.failure->message));
          }
          replay_or_answer(*env_.reads, m.what->ctx, std::move(answer), finish);
        },
        [finish](const caf::error& e) { finish({fault_of(e), 0, {}, {}, false}, false); });
  }

  /// Reports to the observer, then calls `done`.
  template <class Command, class Content>
  answer_callback observed(std::shared_ptr<const Content> what, answer_callback done) const {
    auto began = std::chrono::steady_clock::now();
    return [this, what, began, done = std::move(done)](entity_answer answer, bool replayed) {
      auto took = std::chrono::steady_clock::now() - began;
      env_.observe({Command::name, what->ctx, answer.failure ? &*answer.failure : nullptr, replayed,
                    std::chrono::duration_cast<std::chrono::microseconds>(took)});
      done(std::move(answer), replayed);
    };
  }

  /// Other hash bits than the journals use, so that one region's entities use all writers.
  caf::actor region_of(const entity_key& key) const {
    return regions_.pick(std::hash<entity_key>{}(key) / 7);
  }

  /// Sends a request to a region. An ending entity has not begun what was still waiting, so that is retried
  /// once the region has heard of the end.
  template <class Answer, class Message, class Done, class Failed>
  static void request(caf::event_based_actor& self, std::chrono::milliseconds patience, const caf::actor& to,
                      const Message& m, const Done& done, const Failed& failed, int tries = 3) {
    self.request(to, patience, m)
        .then([done](Answer& answer) { call_safely([&] { done(answer); }); },
              [&self, patience, to, m, done, failed, tries](const caf::error& e) {
                if (e != caf::sec::request_receiver_down || tries == 0)
                  return call_safely([&] { failed(e); });
                later(self, pause_before_asking_again, [=](caf::event_based_actor& asker) {
                  request<Answer>(asker, patience, to, m, done, failed, tries - 1);
                });
              });
  }

  static void later(caf::event_based_actor& self, std::chrono::milliseconds pause, asker_pool::task task) {
    self.delayed_send(&self, pause, local_message<asker_pool::task>{std::move(task)});
  }

  static constexpr std::chrono::milliseconds pause_before_asking_again{5};
  static constexpr int most_tries = 6;

  /// A command that met a dying entity was not begun; one that timed out may have been done.
  static fault fault_of(const caf::error& e) {
    if (e == caf::sec::request_receiver_down)
      return unavailable("The record is being restarted; nothing was changed.");
    return outcome_unknown();
  }

  const actor_environment& env_;
  asker_pool& askers_;
  region_stats stats_;
  handle_table<caf::actor> regions_;
};

}  // namespace musterd
