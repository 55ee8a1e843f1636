#include "server/parts.hpp"

namespace musterd {
namespace {

constexpr restart_policy subsystem_policy{restart_strategy::one_for_one, 10, std::chrono::seconds{60},
                                          std::chrono::milliseconds{50}, std::chrono::milliseconds{5000}};

/// Dependencies: regions commit through the journal, everything else goes through regions.
constexpr int journal_layer = 0, region_layer = 1;

child_spec subtree(server::parts& p, std::string name, int layer, std::vector<child_spec> children) {
  return {name,
          "supervisor",
          [&p, name, children](caf::actor_system& system) {
            return caf::actor{system.spawn<supervisor>(&p.tree, "root/" + name, subsystem_policy, children)};
          },
          {},
          layer};
}

/// A thread that starts working once the actors it needs exist. Optional: all others can do without it.
template <class Work>
child_spec thread(server::parts& p, std::string name, Work& work, supervision_tree::figures_fn figures = {}) {
  auto begin = [&p, &work](const ending& until) {
    if (!wait_for_actors(p, until.stop))
      throw std::runtime_error{"The actors did not start in time."};
    work.run(until);
  };
  return {name,
          "thread",
          [&p, name, begin](caf::actor_system& system) {
            return caf::actor{system.spawn<thread_actor>(&p.threads, name, begin)};
          },
          std::move(figures),
          background_layer,
          true};
}

std::vector<child_spec> journal_writers(server::parts& p) {
  p.environment.journals.expect(p.settings.journal.writers);
  std::vector<child_spec> children;
  for (std::size_t i = 0; i < p.settings.journal.writers; ++i)
    children.push_back(
        {"writer-" + std::to_string(i), "journal",
         [&p, i, session = std::make_shared<backend_succession>(),
          memory = std::make_shared<chain_memory>([&p](const chain_head& end) { p.anchors.note(end); })](
             caf::actor_system& system) {
           auto writer = system.spawn<journal, caf::detached>(p.settings.database.url, p.chain_key, session,
                                                              memory, &p.journal_events, p.cut.get_token());
           p.environment.journals.put(i, writer);
           return caf::actor_cast<caf::actor>(writer);
         }});
  return children;
}

template <aggregate A>
void add_regions(std::vector<child_spec>& children, server::parts& p, entities<A>& of) {
  of.regions().expect(p.settings.actors.regions);
  for (std::size_t i = 0; i < p.settings.actors.regions; ++i)
    children.push_back({std::string{A::name} + '-' + std::to_string(i), "region",
                        [&of, i](caf::actor_system& system) { return of.start_region(system, i); },
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
  p.entities.for_each([&](auto& of) { add_regions(children, p, of); });
  return children;
}

std::vector<child_spec> messaging(server::parts& p) {
  auto relay_figures = [&s = p.messaging] {
    return std::map<std::string, std::int64_t>{{"outboxDepth", s.outbox_depth.load()},
                                               {"outboxLagMs", s.outbox_lag_ms.load()},
                                               {"inFlight", s.in_flight.load()},
                                               {"brokerUp", s.broker_up.load()}};
  };
  std::vector<child_spec> children{thread(p, "relay", p.relay, relay_figures)};
  for (const auto& worker : p.consumers)
    children.push_back(thread(p, worker->child_name(), *worker));
  children.push_back(thread(p, "dead-letter-sweeper", p.sweeper));
  return children;
}

constexpr std::chrono::seconds longest_start{30};

}  // namespace

bool wait_for_actors(server::parts& p, const std::stop_token& stop) {
  auto all_here = [&p] {
    bool all = p.environment.journals.is_complete();
    p.entities.for_each([&](auto& of) { all = all && of.regions().is_complete(); });
    return all;
  };
  for (auto deadline = std::chrono::steady_clock::now() + longest_start; !all_here();
       std::this_thread::sleep_for(std::chrono::milliseconds{1}))
    if (stop.stop_requested() || std::chrono::steady_clock::now() > deadline)
      return false;
  return true;
}

std::vector<child_spec> supervised_children(server::parts& p) {
  std::vector<child_spec> children{subtree(p, "journal", journal_layer, journal_writers(p)),
                                   subtree(p, "regions", region_layer, regions(p))};
  if (p.settings.messaging.has_broker())
    children.push_back(subtree(p, "messaging", background_layer, messaging(p)));
  children.push_back(thread(p, "offboarding", p.scheduler));
  children.push_back(thread(p, "audit-exports", p.exporter));
  children.push_back(thread(p, "dead-letter-replays", p.replayer));
  children.push_back(thread(p, "database-probe", p.probe));
  children.push_back(thread(p, "housekeeping", p.chores));
  children.push_back(thread(p, "cleaning", p.cleaning));
  children.push_back(thread(p, "audit-anchors", p.anchoring));
  if (p.certificates)
    children.push_back(thread(p, "tls-certificate", *p.certificates));
  return children;
}

}  // namespace musterd
