#pragma once

#include "actors/entities.hpp"
#include "actors/region.hpp"

#include <algorithm>

/// The members of `entities`, for the one source file of each aggregate that instantiates them.
namespace musterd {
namespace asking {

inline constexpr std::chrono::milliseconds pause_before_asking_again{5};
inline constexpr std::chrono::milliseconds longest_pause_before_asking_again{160};
/// About two seconds in all.
inline constexpr int most_tries = 16;

/// Doubles with each try, up to the longest.
constexpr std::chrono::milliseconds pause_before_try(int tried) {
  return std::min(pause_before_asking_again * (1 << tried), longest_pause_before_asking_again);
}

inline void later(caf::event_based_actor& self, std::chrono::milliseconds pause, asker_pool::task task) {
  self.delayed_send(&self, pause, local_message<asker_pool::task>{std::move(task)});
}

/// Sends a request to a region. An ending entity has not begun what was still waiting, so that is retried
/// once the region has heard of the end.
template <class Answer, class Message, class Done, class Failed>
void request(caf::event_based_actor& self, std::chrono::milliseconds patience, const caf::actor& to,
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

/// A command that met a dying entity was not begun; one that timed out may have been done.
inline fault fault_of(const caf::error& e) {
  if (e == caf::sec::request_receiver_down)
    return unavailable("The record is being restarted; nothing was changed.");
  return outcome_unknown();
}

inline fault no_region() {
  return unavailable("The server is starting or stopping.");
}

}  // namespace asking

template <aggregate A>
caf::actor entities<A>::start_region(caf::actor_system& system, std::size_t position) {
  caf::actor handle =
      system.spawn<region<A>>(&env_, &stats_, database_loader<A>(*env_.reads, env_.companies));
  regions_.put(position, handle);
  return handle;
}

/// Reports how the command ended to the observer, then calls `done`.
template <aggregate A>
void entities<A>::execute_named(std::string_view name, uuid id, content what, answer_callback done) {
  entity_key key{what.ctx.tenant, id};
  auto shared = std::make_shared<const content>(std::move(what));
  auto finish = [this, name, shared, began = std::chrono::steady_clock::now(),
                 done = std::move(done)](entity_answer answer, bool replayed) {
    auto took = std::chrono::steady_clock::now() - began;
    env_.observe({name, shared->ctx, answer.failure ? &*answer.failure : nullptr, replayed,
                  std::chrono::duration_cast<std::chrono::microseconds>(took)});
    done(std::move(answer), replayed);
  };
  auto to = region_of(key);
  if (!to)
    return finish({asking::no_region(), 0, {}, {}, false}, false);
  askers_.of(key).run([this, to, key, shared, finish = answer_callback{std::move(finish)}](
                          caf::event_based_actor& self) { run(self, to, {key, shared}, finish); });
}

/// A record changed behind its actor's back, e.g. by another node, restarts from what is committed. The
/// command was not begun then, and is retried, at once and then after growing pauses: the company may be
/// changing many times a second, or the caller is being read.
template <aggregate A>
void entities<A>::run(caf::event_based_actor& self, const caf::actor& to, const routed_command<A>& m,
                      const answer_callback& finish, int tried) const {
  asking::request<entity_answer>(
      self, env_.limits.command_timeout, to, m,
      [this, &self, to, m, finish, tried](entity_answer& answer) {
        if (answer.failure && answer.failure->code == record_changed) {
          if (tried == 0)
            return run(self, to, m, finish, 1);
          if (tried < asking::most_tries)
            return asking::later(
                self, asking::pause_before_try(tried),
                [=, this](caf::event_based_actor& asker) { run(asker, to, m, finish, tried + 1); });
          answer.failure = unavailable(std::move(answer.failure->message));
        }
        replay_or_answer(*env_.reads, m.what->ctx, std::move(answer), finish);
      },
      [finish](const caf::error& e) { finish({asking::fault_of(e), 0, {}, {}, false}, false); });
}

template <aggregate A>
void entities<A>::ask(const entity_key& key, typename question_to<A>::type question, timestamp now,
                      std::function<void(outcome<typename question_to<A>::reply>)> done)
  requires answers_questions<A>
{
  using reply = typename question_to<A>::reply;
  auto to = region_of(key);
  if (!to)
    return done({boost::system::in_place_error, asking::no_region()});
  askers_.of(key).run([this, to, m = routed_question<A>{key, now, std::move(question)},
                       done = std::move(done)](caf::event_based_actor& self) {
    asking::request<reply>(
        self, env_.limits.command_timeout, to, m,
        [done](reply& answer) { done({boost::system::in_place_value, std::move(answer)}); },
        [done](const caf::error&) {
          done({boost::system::in_place_error, unavailable("The record could not be read.")});
        });
  });
}

template <aggregate A>
void entities<A>::look_again(const entity_key& key, std::int64_t committed) const {
  if (auto to = region_of(key))
    caf::anon_send(to, musterd::look_again{key, committed});
}

/// Other hash bits than the journals use, so that one region's entities use all writers.
template <aggregate A>
caf::actor entities<A>::region_of(const entity_key& key) const {
  return regions_.pick(std::hash<entity_key>{}(key) / 7);
}

}  // namespace musterd
