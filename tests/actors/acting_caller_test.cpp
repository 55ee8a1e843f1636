#include "actors/job_timer_aggregate.hpp"
#include "actors/region.hpp"
#include "tests/actors/deterministic.hpp"

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// Technicians whose timers begin empty, before a journal that takes everything.
struct shop_floor : deterministic {
  actor_environment env;
  region_stats stats;
  entity_key key{{uuid::generate()}, uuid::generate()};
  user_uuid user = user_uuid::generate();
  location shop;
  caf::actor timers;

  shop_floor() {
    company_state company;
    company.id = key.tenant;
    shop.location_id = location_uuid::generate();
    company.locations.push_back(shop);
    env.companies.show(company);
    env.journals.put(0, keep(system().spawn([](journal_actor::pointer) -> journal_actor::behavior_type {
                       return {[](const commit_request&) { return commit_result{}; },
                               [](const flush_batch&) {}};
                     })));
    timers = keep(system().spawn<region<job_timer_aggregate>>(
        &env, &stats,
        [](const entity_key& of, std::function<void(outcome<committed_record<job_timer_aggregate>>)> done) {
          done(committed_record<job_timer_aggregate>{{{of.id}, {}}, 0});
        }));
  }

  void show_user(bool active) {
    env.users.put(key.tenant,
                  std::make_shared<const authorized_user>(authorized_user{user, {key.id}, active, {}}));
  }

  entity_answer ask(job_timer_command command) {
    request_context ctx;
    ctx.tenant = key.tenant;
    ctx.actor = user.value;
    ctx.now = timestamp{1h};
    using content = routed_command<job_timer_aggregate>::content;
    routed_command<job_timer_aggregate> m{key, std::make_shared<const content>(content{ctx, command})};
    std::optional<entity_answer> answer;
    keep(system().spawn([&, m](caf::event_based_actor* self) {
      self->request(timers, 8s, m).then([&](entity_answer& a) { answer = std::move(a); });
    }));
    settle();
    REQUIRE(answer);
    return *answer;
  }
};

}  // namespace

TEST_CASE_FIXTURE(shop_floor, "entity: a command of a user who was disabled on its way is decided by that") {
  start_job_timer start{uuid::generate(), {}, shop.location_id};
  show_user(false);
  auto refused = ask(start);
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == "ACCOUNT_DISABLED");
  show_user(true);
  CHECK(ask(start).status == 201);
  show_user(false);
  CHECK(ask(stop_job_timer{}).status == 200);
}
