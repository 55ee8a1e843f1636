#include "server/work_execution.hpp"
#include "supervision/thread_actor.hpp"

namespace musterd {
namespace {

constexpr restart_policy subsystem_policy{restart_strategy::one_for_one, 10, std::chrono::seconds{60},
                                          std::chrono::milliseconds{50}, std::chrono::milliseconds{5000}};

child_spec subtree(server::parts& p, std::string name, std::vector<child_spec> children) {
  return {name, "supervisor", [&p, name, children](caf::actor_system& system) {
            return caf::actor{system.spawn<supervisor>(&p.tree, "root/" + name, subsystem_policy, children)};
          }};
}

/// A thread that begins when there is somebody to hand its work to.
child_spec thread(server::parts& p, std::string name, std::function<void(std::stop_token)> run,
                  supervision_tree::figures_fn figures = {}) {
  auto begin = [&p, run = std::move(run)](std::stop_token stop) {
    if (!wait_for_actors(p, stop))
      throw std::runtime_error{"The actors did not start in time."};
    run(std::move(stop));
  };
  return {name, "thread",
          [name, begin](caf::actor_system& system) {
            return caf::actor{system.spawn<thread_actor>(name, begin)};
          },
          std::move(figures)};
}

std::vector<child_spec> journal_writers(server::parts& p) {
  p.environment.journals.expect(static_cast<std::size_t>(p.config.journal_writers));
  std::vector<child_spec> children;
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.config.journal_writers); ++i)
    children.push_back({"writer-" + std::to_string(i), "journal",
                        [&p, i, session = std::make_shared<writer_session>()](caf::actor_system& system) {
                          auto writer = system.spawn<journal, caf::detached>(
                              p.config.database_url, p.chain_key, session, &p.journal_events);
                          p.environment.journals.put(i, writer);
                          return caf::actor_cast<caf::actor>(writer);
                        }});
  return children;
}

template <aggregate A>
void add_regions(std::vector<child_spec>& children, server::parts& p, entities<A>& of) {
  of.regions().expect(static_cast<std::size_t>(p.config.actors_regions));
  for (std::size_t i = 0; i < static_cast<std::size_t>(p.config.actors_regions); ++i)
    children.push_back({std::string{A::name} + '-' + std::to_string(i), "region",
                        [&p, &of, i](caf::actor_system& system) {
                          caf::actor handle = system.spawn<region<A>>(&p.environment, &of.stats(), database_loader<A>(p.reads, p.environment.companies));
                          of.regions().put(i, handle);
                          return handle;
                        },
                        // The figures are the aggregate's; its first region shows them.
                        i > 0 ? supervision_tree::figures_fn{} : [&of] {
                          const auto& s = of.stats();
                          return std::map<std::string, std::int64_t>{
                              {"awake", s.awake.load()},
                              {"wakes", static_cast<std::int64_t>(s.wakes.load())},
                              {"passivations", static_cast<std::int64_t>(s.passivations.load())},
                              {"entityRestarts", static_cast<std::int64_t>(s.restarts.load())}};
                        }});
}

std::vector<child_spec> regions(server::parts& p) {
  std::vector<child_spec> children;
  for_each_aggregate(p, [&](auto& entities) { add_regions(children, p, entities); });
  return children;
}

std::vector<child_spec> messaging(server::parts& p) {
  auto relay_figures = [&s = p.messaging] {
    return std::map<std::string, std::int64_t>{{"outboxDepth", s.outbox_depth.load()},
                                               {"outboxLagMs", s.outbox_lag_ms.load()},
                                               {"inFlight", s.in_flight.load()},
                                               {"brokerUp", s.broker_up.load()}};
  };
  std::vector<child_spec> children{
      thread(
          p, "relay", [&p](std::stop_token stop) { p.relay.run(stop); }, relay_figures),
      thread(p, "on-the-clock", [&p](std::stop_token stop) { p.clock_consumer.run(stop); }),
      thread(p, "user-person-link", [&p](std::stop_token stop) { p.link_consumer.run(stop); }),
      thread(p, "financial-audit", [&p](std::stop_token stop) { p.financial_consumer.run(stop); }),
      thread(p, "offboarding-answers", [&p](std::stop_token stop) { p.answer_consumer.run(stop); }),
      thread(p, "dead-letter-sweeper", [&p](std::stop_token stop) { p.sweeper.run(stop); })};
  if (is_work_execution_here(p.config))
    children.push_back(
        thread(p, "job-timer-stopper", [&p](std::stop_token stop) { p.stop_consumer.run(stop); }));
  return children;
}

constexpr std::chrono::seconds longest_start{30};

}  // namespace

bool wait_for_actors(server::parts& p, const std::stop_token& stop) {
  auto all_here = [&p] {
    bool all = p.environment.journals.is_complete();
    for_each_aggregate(p, [&](auto& entities) { all = all && entities.regions().is_complete(); });
    return all;
  };
  for (auto deadline = std::chrono::steady_clock::now() + longest_start; !all_here();
       std::this_thread::sleep_for(std::chrono::milliseconds{1}))
    if (stop.stop_requested() || std::chrono::steady_clock::now() > deadline)
      return false;
  return true;
}

std::vector<child_spec> supervised_children(server::parts& p) {
  std::vector<child_spec> children{subtree(p, "journal", journal_writers(p)),
                                   subtree(p, "regions", regions(p))};
  if (p.config.messaging_enabled && !p.config.amqp_url.empty())
    children.push_back(subtree(p, "messaging", messaging(p)));
  children.push_back(thread(p, "offboarding", [&p](std::stop_token stop) { p.scheduler.run(stop); }));
  children.push_back(thread(p, "audit-exports", [&p](std::stop_token stop) { p.exporter.run(stop); }));
  children.push_back(thread(p, "dead-letter-replays", [&p](std::stop_token stop) { p.replayer.run(stop); }));
  children.push_back(thread(p, "housekeeping", [&p](std::stop_token stop) { p.chores.run(stop); }));
  return children;
}

}  // namespace musterd
