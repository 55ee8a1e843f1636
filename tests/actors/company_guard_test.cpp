#include "actors/aggregates/person_aggregate.hpp"
#include "actors/region.hpp"
#include "tests/actors/deterministic.hpp"

// Compiled with its aggregate.
extern template class musterd::region<musterd::person_aggregate>;

using namespace musterd;
using namespace musterd::test;
using namespace std::chrono_literals;

namespace {

/// Ann, and an owner as caller, on a node that has seen version 3 of their company.
struct one_node : deterministic {
  actor_environment env;
  region_stats stats;
  entity_key ann{{uuid::generate()}, uuid::generate()};
  user_uuid ann_user = user_uuid::generate(), owner = user_uuid::generate();
  person_uuid owner_person = person_uuid::generate();
  role_uuid role = role_uuid::generate();
  /// The journal's answer to commits, and the company's committed version.
  std::optional<fault> journal_says;
  std::int64_t company_is_at = 3, commits = 0, reads_of_company = 0;
  int loads = 0;
  std::vector<std::string> compared;
  std::vector<person_uuid> refreshed;
  caf::actor people;

  one_node() {
    show_company(3);
    env.refresh_person = [this](tenant_uuid, person_uuid person) { refreshed.push_back(person); };
    env.users.put(ann.tenant,
                  std::make_shared<const authorized_user>(authorized_user{
                      owner, owner_person, true, {{{}, role, {}, timestamp{}, timestamp::max()}}, {}, 7}));
    env.journals.put(0, keep(system().spawn([this](journal_actor::pointer) -> journal_actor::behavior_type {
                       return {[this](const commit_request& r) {
                                 for (const auto& w : r.unit->writes)
                                   if (w.action() == row_action::compare)
                                     compared.push_back(w.text());
                                 commits += !r.unit->writes.empty() && !journal_says;
                                 return commit_result{r.unit->writes.empty() ? std::nullopt : journal_says};
                               },
                               [](const flush_batch&) {}};
                     })));
    env.version_of = [this](std::string_view aggregate, const entity_key&, const version_callback& done) {
      reads_of_company += aggregate == company_record;
      auto at = aggregate == company_record ? company_is_at : commits;
      done(committed_versions{at, at});
    };
    people = keep(system().spawn<region<person_aggregate>>(
        &env, &stats,
        [this](const entity_key&, std::function<void(outcome<committed_record<person_aggregate>>)> done) {
          ++loads;
          person_state state;
          state.id = {ann.id};
          state.person = person{};
          state.person->person_id = state.id;
          state.user = user_account{};
          state.user->user_id = ann_user;
          state.user->person_id = state.id;
          done(committed_record<person_aggregate>{state, {commits, commits}});
        }));
  }

  void show_company(std::int64_t version) {
    company_state company;
    company.id = ann.tenant;
    company.roles.push_back(
        {role, "OWNER", {}, {scope_type::global}, {std::string{any_authority}}, {}, {}, 1});
    env.companies.show(company, version);
  }
  std::string ask(person_command command) {
    request_context ctx;
    ctx.tenant = ann.tenant;
    ctx.actor = owner.value;
    ctx.person = owner_person;
    ctx.now = timestamp{1h};
    using content = routed_command<person_aggregate>::content;
    routed_command<person_aggregate> m{ann,
                                       std::make_shared<const content>(content{ctx, std::move(command)})};
    std::optional<entity_answer> answer;
    keep(system().spawn([&, m](caf::event_based_actor* self) {
      self->request(people, 8s, m).then([&](entity_answer& a) { answer = std::move(a); });
    }));
    settle();
    REQUIRE(answer);
    return answer->failure ? answer->failure->code : "ok";
  }
  set_password password() {
    set_password c;
    c.user_id = ann_user;
    c.password_hash = "hash";
    return c;
  }
  assign_role of_unknown_role() {
    assign_role c;
    c.user_id = ann_user;
    c.role_id = role_uuid::generate();
    return c;
  }
  open_session sign_in() { return {ann_user, token_family_uuid::generate(), "hash", timestamp{2h}}; }
};

}  // namespace

TEST_CASE_FIXTURE(one_node, "Security: entity: what is decided by roles names the versions of company and "
                            "caller, nothing else does") {
  CHECK(ask(sign_in()) == "ok");
  CHECK(compared.empty());
  CHECK(ask(password()) == "ok");
  REQUIRE(compared.size() == 2);
  CHECK(compared[0] == to_string(ann.tenant) + to_string(ann.tenant) + "3");
  CHECK(compared[1] == to_string(ann.tenant) + to_string(owner_person) + "7");
}

TEST_CASE_FIXTURE(
    one_node,
    "Security: entity: a commit by roles that are gone is asked again once the company is read again") {
  journal_says = company_is_stale();
  CHECK(ask(password()) == record_changed);
  CHECK(env.companies.must_be_read(ann.tenant));
  CHECK(refreshed.empty());
  journal_says.reset();
  show_company(4);
  CHECK(ask(password()) == "ok");
  CHECK(loads == 2);
  CHECK(compared.at(compared.size() - 2).ends_with("4"));
}

TEST_CASE_FIXTURE(one_node,
                  "Security: entity: who acts and was changed is read again, and the command asked again") {
  journal_says = caller_is_stale();
  CHECK(ask(password()) == record_changed);
  CHECK(refreshed == std::vector{owner_person});
  journal_says.reset();
  CHECK(ask(password()) == "ok");
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(one_node, "Security: entity: who acts and sleeps is woken, and the command asked again") {
  auto shown = env.users.find(ann.tenant, owner);
  env.users.remove(ann.tenant, shown);
  CHECK(ask(password()) == record_changed);
  CHECK(refreshed == std::vector{owner_person});
  CHECK(compared.empty());
  env.users.put(ann.tenant, shown);
  CHECK(ask(password()) == "ok");
  CHECK(loads == 1);
}

TEST_CASE_FIXTURE(one_node, "Security: entity: nor is anybody refused by roles that are gone") {
  CHECK(ask(of_unknown_role()) == "ROLE_NOT_FOUND");
  CHECK(reads_of_company == 1);
  company_is_at = 4;
  CHECK(ask(of_unknown_role()) == record_changed);
  CHECK(env.companies.must_be_read(ann.tenant));
  CHECK(ask(revoke_session{}) != record_changed);  // a command that needs no roles is refused as before
  CHECK(reads_of_company == 2);
  show_company(4);
  CHECK(ask(of_unknown_role()) == "ROLE_NOT_FOUND");
  CHECK(loads == 2);
}
