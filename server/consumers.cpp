#include "server/consumers.hpp"

#include "messaging/handlers/financial_audit.hpp"
#include "messaging/handlers/offboarding_answers.hpp"
#include "messaging/handlers/on_the_clock.hpp"
#include "messaging/handlers/user_person_linker.hpp"
#include "server/broker.hpp"
#include "server/work_execution.hpp"

#include <algorithm>

namespace musterd {
namespace {

offboarding_answers::report_fn to_the_case(entities<offboarding_aggregate>& cases) {
  return [&cases](request_context ctx, const offboarding_answers::answer& given,
                  forwarding_handler::done_fn done) {
    cases.execute(std::move(ctx), given.case_id, report_command{given.command_id, given.error, given.attempt},
                  [done = std::move(done)](entity_answer answer, bool) { done(std::move(answer.failure)); });
  };
}

financial_audit::commit_fn into_the_trail(const journal_client& commits) {
  return [&commits](tenant_uuid tenant, commit_unit unit, financial_audit::done_fn done) {
    commits.submit(tenant, std::move(unit), std::move(done));
  };
}

user_person_linker::observer counting_links(metrics& counted) {
  return [&linked = counted.counter("user_person_links_total", {"linked"}),
          &failed = counted.counter("user_person_links_total", {"failed"})](bool well) {
    (well ? linked : failed).Increment();
  };
}

}  // namespace

std::string queue_worker::child_name() const {
  auto result = spec().name;
  std::ranges::replace(result, '_', '-');
  return result;
}

queue_workers queue_workers_of(server::parts& p) {
  queue_workers all;
  auto options = consuming_from(p);
  auto add = [&]<class Handler, class... Needs>(std::in_place_type_t<Handler>, Needs&&... needs) {
    all.push_back(std::make_unique<queue_worker>(
        options, Handler::spec(), std::make_unique<Handler>(std::forward<Needs>(needs)...), p.messaging));
  };
  auto& cases = p.of<offboarding_aggregate>();
  add(std::in_place_type<on_the_clock>);
  add(std::in_place_type<user_person_linker>, counting_links(p.counted));
  add(std::in_place_type<financial_audit>, into_the_trail(p.commits));
  add(std::in_place_type<offboarding_answers>, to_the_case(cases));
  if (p.settings.work_execution.is_here())
    add(std::in_place_type<job_timer_stopper>,
        stop_function(p.settings.work_execution.mode, cases, p.of<job_timer_aggregate>(), p.commits));
  return all;
}

}  // namespace musterd
