#pragma once

#include "messaging/inbox/consumer.hpp"
#include "server/server.hpp"

namespace musterd {

/// One queue and its handler, on a thread of its own. Its name in the supervision tree is that of its inbox,
/// with dashes.
class queue_worker {
 public:
  queue_worker(const consumer_options& options, consumer_spec spec, std::unique_ptr<event_handler> handler,
               messaging_stats& stats)
      : handler_{std::move(handler)}, consumer_{options, std::move(spec), *handler_, stats} {}

  std::string child_name() const;
  const consumer_spec& spec() const { return consumer_.spec(); }
  void run(const ending& until) { consumer_.run(until); }

 private:
  std::unique_ptr<event_handler> handler_;
  consumer consumer_;
};

using queue_workers = std::vector<std::unique_ptr<queue_worker>>;

/// Every consumer: topology, relay, threads and supervision follow from it.
queue_workers queue_workers_of(server::parts& p);

}  // namespace musterd
