#pragma once

#include "tests/actors/counter_aggregate.hpp"
#include "tests/actors/deterministic.hpp"

namespace musterd::test {

using namespace std::chrono_literals;

/// A region of counters whose "database" is a number and whose journal does as the test says.
struct counter_world : deterministic {
  using counters_record = committed_record<counter_aggregate>;
  using record = outcome<counters_record>;
  actor_environment env;
  region_stats stats;
  std::int64_t committed = 0;
  int loads = 0;
  /// The journal's fault for a commit; none: it commits. With TIMEOUT it commits, too.
  std::function<std::optional<fault>()> journal_says = [] { return std::nullopt; };
  /// Its answer to whether earlier commits are settled.
  std::optional<fault> unsettled;
  /// While false, loads fail.
  bool database_up = true;
  /// While true, loads are only queued in `late_loads`.
  bool load_never_answers = false;
  std::vector<std::function<void()>> late_loads;
  bool load_throws = false;
  /// Reads of the committed version still to be answered; they are answered at once unless
  /// `keeps_readers_waiting`.
  std::vector<version_callback> readers;
  bool keeps_readers_waiting = false;
  int reads = 0;
  caf::actor counters;
  entity_key key{{uuid::generate()}, uuid::generate()};
  std::vector<entity_answer> answers;
  int errors = 0;

  counter_world() {
    env.limits.idle_before_passivation = 0ms;
    env.fault_injection = true;
    auto journal = system().spawn([this](journal_actor::pointer self) -> journal_actor::behavior_type {
      static_cast<void>(self);
      return {[this](const commit_request& r) -> commit_result {
                if (r.unit->writes.empty())
                  return {unsettled};
                auto says = journal_says();
                if (!says || says->code == "TIMEOUT")
                  for (const auto& w : r.unit->writes)
                    if (w.table().name == "counter")
                      ++committed;
                return {says};
              },
              [](const flush_batch&) {}};
    });
    env.journals.put(0, keep(journal));
    env.version_of = [this](std::string_view, const entity_key&, const version_callback& done) {
      ++reads;
      if (keeps_readers_waiting)
        readers.push_back(done);
      else
        done(committed_versions{committed});
    };
    counters = keep(system().spawn<region<counter_aggregate>>(
        &env, &stats, [this](const entity_key&, std::function<void(record)> done) {
          ++loads;
          if (load_throws)
            throw std::runtime_error{"no memory"};
          if (load_never_answers)
            late_loads.push_back([done, value = committed] { done(counters_record{{value}, value}); });
          else if (database_up)
            done(counters_record{{committed}, committed});
          else
            done(record{boost::system::in_place_error, unavailable("down")});
        }));
    settle();
  }

  /// Sends a command; its answer is in `answers` once the world settles.
  void tell(std::int64_t amount, std::optional<std::string> injected = {}) {
    tell(add{amount}, std::move(injected));
  }
  void tell(counter_aggregate::command command, std::optional<std::string> injected = {}) {
    request_context ctx;
    ctx.injected_fault = std::move(injected);
    using content = routed_command<counter_aggregate>::content;
    routed_command<counter_aggregate> m{key, std::make_shared<const content>(content{ctx, command})};
    keep(system().spawn([this, m](caf::event_based_actor* self) {
      self->request(counters, env.limits.command_timeout, m)
          .then([this](entity_answer& a) { answers.push_back(std::move(a)); },
                [this](caf::error&) { ++errors; });
    }));
  }

  /// Answers the reads that were begun.
  void answer_readers(const outcome<committed_versions>& found) {
    for (const auto& done : std::exchange(readers, {}))
      done(found);
    settle();
  }

  entity_answer ask(std::int64_t amount, std::optional<std::string> injected = {}) {
    answers.clear();
    tell(amount, std::move(injected));
    settle();
    REQUIRE(answers.size() == 1);
    return answers.front();
  }
};

}  // namespace musterd::test
