#pragma once

#include "actors/messages.hpp"
#include "persistence/journal/journal_writer.hpp"

#include <atomic>
#include <functional>

#include <caf/typed_event_based_actor.hpp>

namespace musterd {

struct journal_observer {
  /// After each transaction: its number of units and its duration.
  std::function<void(std::size_t units, std::chrono::microseconds took)> committed = [](auto, auto) {};
  /// After each transaction: its audit entries per category.
  std::function<void(const std::map<std::string, std::int64_t>& entries)> audited = [](auto&&) {};
  /// After a transaction that reported a cut chain: the number of alerts raised.
  std::function<void(std::uint64_t alerts)> alerted = [](auto) {};
  /// After each successful transaction: the outbox has new rows.
  std::function<void()> outbox_filled = [] {};
};

/// One writer, to be spawned detached: it blocks while its connection commits. Whatever arrives meanwhile
/// waits in the mailbox and becomes the next batch (the note to itself lands behind it), so batches form by
/// themselves and a lone command never waits.
class journal : public journal_actor::base {
 public:
  journal(caf::actor_config& config, std::string database_url, audit_key key,
          std::shared_ptr<backend_succession> succession, std::shared_ptr<chain_memory> memory,
          const journal_observer* observer, std::stop_token cut);
  const char* name() const override { return "journal"; }

 protected:
  behavior_type make_behavior() override;

 private:
  struct waiting {
    commit_request request;
    caf::typed_response_promise<commit_result> reply;
  };
  void flush();

  journal_writer writer_;
  const journal_observer* observer_;
  std::vector<waiting> batch_;
};

}  // namespace musterd
