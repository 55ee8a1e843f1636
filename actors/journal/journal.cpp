#include "actors/journal/journal.hpp"

#include "common/observation/log.hpp"

#include <algorithm>

namespace musterd {
namespace {

/// More would only delay the first of the batch.
constexpr std::size_t max_batch = 256;

}  // namespace

journal::journal(caf::actor_config& config, std::string database_url, audit_key key,
                 std::shared_ptr<backend_succession> succession, std::shared_ptr<chain_memory> memory,
                 const journal_observer* observer, std::stop_token cut)
    : journal_actor::base{config},
      writer_{std::move(database_url), key, std::move(succession), std::move(cut), std::move(memory)},
      observer_{observer} {
  set_error_handler([](caf::scheduled_actor*, caf::error& e) {
    log::warn({"journal", "stray_error"}, "{}", caf::to_string(e));
  });
}

journal::behavior_type journal::make_behavior() {
  set_exit_handler([this](const caf::exit_msg& exit) {
    flush();  // everything accepted gets its answer
    quit(exit.reason);
  });
  return {[this](const commit_request& request) -> caf::result<commit_result> {
            auto reply = make_response_promise<caf::typed_response_promise<commit_result>>();
            batch_.push_back({request, reply});
            if (batch_.size() == 1)
              send(this, flush_batch{});
            if (batch_.size() >= max_batch)
              flush();
            return reply;
          },
          [this](const flush_batch&) { flush(); }};
}

void journal::flush() {
  if (batch_.empty())
    return;
  auto batch = std::move(batch_);
  batch_.clear();
  std::vector<const commit_unit*> units;
  for (const auto& w : batch)
    units.push_back(w.request.unit.get());
  auto began = std::chrono::steady_clock::now();
  auto results = writer_.commit(units);
  auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  // The others only ask whether earlier commits are settled.
  auto writing = std::count_if(units.begin(), units.end(), [](const auto* u) { return !u->writes.empty(); });
  if (writing > 0)
    observer_->committed(static_cast<std::size_t>(writing), took);
  observer_->audited(writer_.take_audited());
  if (auto alerts = writer_.take_alerts(); alerts > 0)
    observer_->alerted(alerts);
  for (std::size_t i = 0; i < batch.size(); ++i)
    batch[i].reply.deliver(commit_result{std::move(results[i])});
  if (writing > 0)
    observer_->outbox_filled();
}

}  // namespace musterd
