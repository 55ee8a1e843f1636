#include "actors/journal/journal_client.hpp"

#include "common/observation/log.hpp"

#include <future>

namespace musterd {

void journal_client::submit(tenant_uuid tenant, commit_unit unit, done_fn done) const {
  entity_key key{tenant, unit.entity};
  auto journal = env_.journal_for(key);
  if (!journal)
    return done(unavailable("The journal is not running; nothing was changed."));
  unit.begin_by = std::chrono::steady_clock::now() + env_.limits.commit_begins_within;
  auto shared = std::make_shared<const commit_unit>(std::move(unit));
  askers_.of(key).run([journal, shared, done = std::move(done),
                       timeout = env_.limits.commit_timeout](caf::event_based_actor& self) {
    self.request(journal, timeout, commit_request{shared})
        .then([done](const commit_result& r) { call_safely([&] { done(r.failure); }); },
              [done](const caf::error& e) {
                log::error({"journal", "commit_unanswered"}, "{}", caf::to_string(e));
                call_safely([&] { done(outcome_unknown()); });
              });
  });
}

std::optional<fault> journal_client::wait_for(tenant_uuid tenant, commit_unit unit) const {
  auto answer = std::make_shared<std::promise<std::optional<fault>>>();
  auto ready = answer->get_future();
  submit(tenant, std::move(unit),
         [answer](std::optional<fault> failure) { answer->set_value(std::move(failure)); });
  // Askers that end at shutdown leave requests unanswered.
  if (ready.wait_for(2 * env_.limits.commit_timeout) != std::future_status::ready)
    return outcome_unknown();
  return ready.get();
}

}  // namespace musterd
