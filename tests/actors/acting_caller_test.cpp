#include "actors/aggregates/job_timer_aggregate.hpp"
#include "actors/aggregates/person_aggregate.hpp"
#include "actors/region.hpp"
#include "tests/actors/deterministic.hpp"

// Compiled with their aggregates.
extern template class musterd::region<musterd::person_aggregate>;
extern template class musterd::region<musterd::job_timer_aggregate>;

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// A journal that accepts everything and counts the commits.
struct recording : deterministic {
  std::int64_t commits = 0;
  void record_in(actor_environment& env) {
    env.journals.put(0, keep(system().spawn([this](journal_actor::pointer) -> journal_actor::behavior_type {
                       return {[this](const commit_request& r) {
                                 commits += !r.unit->writes.empty();
                                 return commit_result{};
                               },
                               [](const flush_batch&) {}};
                     })));
    env.version_of = [this](std::string_view, const entity_key&, const version_callback& done) {
      done(committed_versions{commits});
    };
  }
};

/// Technicians with empty timers.
struct shop_floor : recording {
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
    env.companies.show(company, 0);
    record_in(env);
    timers = keep(system().spawn<region<job_timer_aggregate>>(
        &env, &stats,
        [](const entity_key& of, std::function<void(outcome<committed_record<job_timer_aggregate>>)> done) {
          done(committed_record<job_timer_aggregate>{{{of.id}, {}}, {}});
        }));
  }

  void show_user(bool active, std::vector<live_session> sessions = {}) {
    env.users.put(key.tenant, std::make_shared<const authorized_user>(
                                  authorized_user{user, {key.id}, active, {}, std::move(sessions)}));
  }

  entity_answer ask(job_timer_command command, std::optional<admission> admitted = {}) {
    request_context ctx;
    ctx.admitted = std::move(admitted);
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

TEST_CASE_FIXTURE(shop_floor,
                  "entity: a command whose session ended on its way is refused, be it in the newest record") {
  start_job_timer start{"WO-1", {}, shop.location_id};
  admission by{token_family_uuid::generate(), {}, false, true};
  for (const auto& sessions : {std::vector<live_session>{},
                               {{token_family_uuid::generate(), timestamp::max()}},
                               {{by.session, timestamp{1h}}}}) {
    show_user(true, sessions);
    auto refused = ask(start, by);
    REQUIRE(refused.failure);
    CHECK(refused.failure->code == "UNAUTHENTICATED");
  }
  show_user(true, {{by.session, timestamp::max()}});
  CHECK(!ask(start, by).failure);
  // Tokens of another issuer have no session here.
  show_user(true);
  by.session = {};
  CHECK(!ask(get_active_job_timers{0, 20}, by).failure);
}

TEST_CASE_FIXTURE(shop_floor, "entity: a command of a user who was disabled on its way is decided by that") {
  start_job_timer start{"WO-1", {}, shop.location_id};
  show_user(false);
  auto refused = ask(start);
  REQUIRE(refused.failure);
  CHECK(refused.failure->code == "ACCOUNT_DISABLED");
  show_user(true);
  CHECK(ask(start).status == 201);
  show_user(false);
  CHECK(ask(stop_job_timer{}).status == 200);
}

namespace {

/// Ann, placed in one shop, and a manager who wants her in the other.
struct two_shops : recording {
  actor_environment env;
  region_stats stats;
  entity_key ann{{uuid::generate()}, uuid::generate()};
  user_uuid manager = user_uuid::generate();
  role_uuid role = role_uuid::generate();
  location here, there;
  caf::actor people;

  two_shops() {
    company_state company;
    company.id = ann.tenant;
    here.location_id = location_uuid::generate();
    there.location_id = location_uuid::generate();
    company.locations = {here, there};
    company.roles.push_back(
        {role, "MANAGER", {}, {scope_type::location}, {"people:location_assignment:create"}, {}, {}, 1});
    env.companies.show(company, 0);
    record_in(env);
    person_state state;
    state.id = {ann.id};
    state.person = person{};
    state.person->person_id = state.id;
    location_assignment primary;
    primary.assignment_id = location_assignment_uuid::generate();
    primary.person_id = state.id;
    primary.location_id = there.location_id;
    primary.role = "MECHANIC";
    primary.is_primary = true;
    state.placements.push_back(primary);
    people = keep(system().spawn<region<person_aggregate>>(
        &env, &stats,
        [state](const entity_key&, std::function<void(outcome<committed_record<person_aggregate>>)> done) {
          done(committed_record<person_aggregate>{state, {}});
        }));
  }

  /// The manager's roles as shown by their own record; the one at the other shop ends at `end_there`.
  void show_manager(timestamp end_there) {
    env.users.put(ann.tenant, std::make_shared<const authorized_user>(authorized_user{
                                  manager,
                                  {},
                                  true,
                                  {{{}, role, here.location_id, timestamp{}, timestamp::max()},
                                   {{}, role, there.location_id, timestamp{}, end_there}}}));
  }

  /// The outcome of a request admitted for both shops.
  std::string take_ann() {
    request_context ctx;
    ctx.tenant = ann.tenant;
    ctx.actor = manager.value;
    ctx.covered_shops = {here.location_id, there.location_id};
    ctx.now = timestamp{1h};
    place_person wanted;
    wanted.person_id = {ann.id};
    wanted.location_id = here.location_id;
    wanted.role = "MECHANIC";
    wanted.is_primary = true;
    wanted.effective_start_at = timestamp{2h};
    using content = routed_command<person_aggregate>::content;
    routed_command<person_aggregate> m{ann, std::make_shared<const content>(content{ctx, wanted})};
    std::optional<entity_answer> answer;
    keep(system().spawn([&, m](caf::event_based_actor* self) {
      self->request(people, 8s, m).then([&](entity_answer& a) { answer = std::move(a); });
    }));
    settle();
    REQUIRE(answer);
    return answer->failure ? answer->failure->code : "done";
  }
};

}  // namespace

TEST_CASE_FIXTURE(
    two_shops,
    "Security: entity: what a request was let in for and has ended since is missing when it is decided") {
  // Ended after the request came in, but before now.
  show_manager(timestamp{90min});
  CHECK(take_ann() == "EXCEEDS_OWN_AUTHORITY");
  show_manager(timestamp::max());
  CHECK(take_ann() == "done");
}
