#include "tests/pg/rows/person_company.hpp"

#include "domain/person/commands.hpp"
#include "persistence/sql/constraint_faults.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Decides, evolves and commits like an entity.
class session_keeper {
 public:
  session_keeper(company& c, const std::string& username) : c_{c}, state{c.load(username)} {
    ctx.tenant = c.tenant;
    ctx.actor = state.user->user_id.value;
    ctx.now = wall_clock_now();
    ctx.correlation_id = "test";
  }
  template <class Command>
  void run(const Command& command) {
    location_directory none;
    generated_ids ids;
    role_catalog roles;
    facts known{none, roles, ids};
    effects out;
    for (const auto& event : decide(state, command, ctx, known).value().events) {
      evolve(state, event);
      add_effects(out, event, ctx, ids);
    }
    std::vector<const row_write*> writes;
    for (const auto& write : out.writes)
      writes.push_back(&write);
    c_.batch.execute(*c_.db, writes);
  }

 private:
  company& c_;

 public:
  person_state state;
  request_context ctx;
};

std::string hash(char c) {
  return std::string(64, c);
}

/// The name of the rule that a statement breaks, or "nothing".
std::string broken_rule(company& c, const std::string& sql) {
  try {
    pqxx::work tx{*c.db};
    tx.exec_params(sql, to_string(c.tenant));
    return "nothing";
  } catch (const pqxx::sql_error& e) {
    return std::string{constraint_name(e.what())};
  }
}

}  // namespace

TEST_CASE("person rows: what is committed is what is loaded") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  session_keeper keeper{c, "demo.mechanic"};
  CHECK(keeper.state.person->first_name == "Miguel");
  REQUIRE(keeper.state.assignments.size() == 1);
  CHECK(keeper.state.assignments[0].scope_type == scope_type::location);

  auto user = keeper.state.user->user_id;
  auto first = token_family_uuid::generate(), second = token_family_uuid::generate();
  auto later = keeper.ctx.now + std::chrono::hours{24};
  auto compared = keeper.state.credential_version;
  CHECK(compared == c.login("demo.mechanic").credential_version);
  keeper.run(open_session{user, first, hash('a'), later, {}, {}, compared});
  keeper.run(open_session{user, second, hash('b'), later, {}, {}, compared});
  keeper.run(rotate_refresh{first, 1, hash('a'), hash('c')});
  CHECK(c.load("demo.mechanic") == keeper.state);
  keeper.run(rotate_refresh{first, 1, hash('a'), hash('d')});  // already used
  CHECK(keeper.state.sessions.size() == 1);
  CHECK(c.load("demo.mechanic") == keeper.state);
  keeper.run(revoke_session{second, 1, hash('b')});
  CHECK(c.load("demo.mechanic").sessions.empty());

  auto trail = "SELECT string_agg(event_type, ' ' ORDER BY entry_id) FROM audit.entry WHERE tenant_id = $1";
  CHECK(c.scalar(trail) == "LOGIN_SUCCEEDED LOGIN_SUCCEEDED REFRESH_TOKEN_REUSED SESSION_REVOKED");
  CHECK(c.scalar("SELECT string_agg(revoke_reason, ' ' ORDER BY created_at, revoke_reason) FROM "
                 "security.refresh_token_family WHERE tenant_id = $1")
            .find("TOKEN_REUSED") != std::string::npos);
}

TEST_CASE("person rows: a second factor and a given password are loaded as they were committed") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  session_keeper keeper{c, "demo.mechanic"};
  auto user = keeper.state.user->user_id;
  auto as_loaded = [&] { CHECK(c.load("demo.mechanic") == keeper.state); };
  keeper.run(enrol_second_factor{user, "sealed", keeper.state.credential_version});
  as_loaded();
  CHECK_FALSE(c.login("demo.mechanic").factor.has_value());
  keeper.run(confirm_second_factor{user, {keeper.state.factor->factor_id, 7, {}}, {hash('a'), hash('b')}});
  as_loaded();
  auto login = c.login("demo.mechanic");
  REQUIRE(login.factor.has_value());
  CHECK(login.factor->factor_id == keeper.state.factor->factor_id);
  CHECK(login.factor->sealed_secret == "sealed");
  keeper.run(remove_second_factor{user, factor_proof{keeper.state.factor->factor_id, {}, hash('b')}});
  as_loaded();
  CHECK_FALSE(c.login("demo.mechanic").factor.has_value());

  CHECK_FALSE(keeper.state.must_change_password);
  keeper.ctx.actor = uuid::generate();
  keeper.run(set_password{user, "$argon2id$given", keeper.state.credential_version});
  CHECK(keeper.state.must_change_password);
  as_loaded();
  keeper.ctx.actor = user.value;
  keeper.run(set_password{user, "$argon2id$own", keeper.state.credential_version, true});
  CHECK_FALSE(keeper.state.must_change_password);
  as_loaded();
}

TEST_CASE("person rows: a stale actor cannot rotate the same token a second time") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  session_keeper one{c, "demo.mechanic"};
  auto family = token_family_uuid::generate();
  one.run(open_session{one.state.user->user_id,
                       family,
                       hash('a'),
                       one.ctx.now + std::chrono::hours{1},
                       {},
                       {},
                       one.state.credential_version});
  session_keeper other{c, "demo.mechanic"};
  one.run(rotate_refresh{family, 1, hash('a'), hash('b')});
  CHECK_THROWS_AS(other.run(rotate_refresh{family, 1, hash('a'), hash('c')}), pqxx::sql_error);
  CHECK(c.load("demo.mechanic") == one.state);
}

TEST_CASE("person rows: nobody is a state without person") {
  if (!database_is_there())
    return;
  company c;
  pqxx::work tx{*c.db};
  auto id = person_uuid::generate();
  auto nobody = load_person(tx, c.tenant, id);
  CHECK(nobody.id == id);
  CHECK_FALSE(nobody.person.has_value());
  CHECK_FALSE(nobody.user.has_value());
}

TEST_CASE("login: the username in any case, in its tenant only") {
  if (!database_is_there())
    return;
  company c, other;
  c.import();
  other.import();
  CHECK(c.login("Demo.MECHANIC").user == c.login("demo.mechanic").user);
  CHECK(other.login("demo.mechanic").tenant == other.tenant);
  CHECK(c.login("walter.hayes").password_hash != "");
  CHECK(c.login("nora.bennett").password_hash == "");
  pqxx::work tx{*c.db};
  CHECK_FALSE(find_login(tx, "no such tenant", "demo.mechanic", {}).has_value());
  auto nobody = find_login(tx, c.code, "' OR 1=1 --", {});
  REQUIRE(nobody.has_value());
  CHECK(nobody->tenant == c.tenant);
  CHECK(nobody->user.value.is_nil());
  CHECK(nobody->password_hash == "");
  CHECK_FALSE(load_person(tx, other.tenant, person_uuid::generate()).person.has_value());
  CHECK_FALSE(find_subject(tx, c.tenant, "nobody").has_value());
}

TEST_CASE("identity tables: the rules hold without any actor") {
  if (!database_is_there())
    return;
  company c;
  c.import();
  auto copy_user = [](const char* name, const char* person) {
    return std::string{"INSERT INTO security.app_user SELECT tenant_id, gen_random_uuid(), "} + person +
           ", " + name +
           ", email, subject, status, status_effective_at, status_reason_code, created_at, updated_at, 1 "
           "FROM "
           "security.app_user WHERE tenant_id = $1 AND username = 'demo.admin'";
  };
  CHECK(broken_rule(c, copy_user("'other'", "person_id")) == "person_already_linked");
  CHECK(broken_rule(c, copy_user("'other'", "gen_random_uuid()")) == "user_person");
  CHECK(broken_rule(c, "UPDATE security.app_user SET username = 'DEMO.Admin' WHERE tenant_id = $1 AND "
                       "username = 'demo.hr'") == "username_taken");
  CHECK(broken_rule(c, "UPDATE security.role SET role_name = ' shop   Manager' WHERE tenant_id = $1 AND "
                       "role_name = 'SHOP_MANAGER'") == "nothing");
  CHECK(
      broken_rule(
          c, "UPDATE security.role SET role_name = ' Mechanic ' WHERE tenant_id = $1 AND role_name = 'HR'") ==
      "role_name_taken");
  auto assignments = [&](const std::string& change) {
    return broken_rule(c, "UPDATE people.role_assignment SET " + change + " WHERE tenant_id = $1");
  };
  CHECK(assignments("effective_end_date = effective_start_date - interval '1 microsecond'") ==
        "assignment_ends_after_start");
  CHECK(assignments("effective_end_date = effective_start_date") == "nothing");
  CHECK(assignments("location_id = gen_random_uuid()") == "assignment_is_immutable");
  CHECK(assignments("user_id = gen_random_uuid()") == "assignment_is_immutable");
  CHECK(broken_rule(c, "DELETE FROM people.role_assignment WHERE tenant_id = $1") ==
        "assignment_is_immutable");
  CHECK(broken_rule(c, "UPDATE security.user_credential SET password_hash = 'plain' WHERE tenant_id = $1") ==
        "user_credential_password_hash_check");
  auto insert = [](const char* scope, const char* place) {
    return std::string{
               "INSERT INTO people.role_assignment SELECT tenant_id, gen_random_uuid(), user_id, role_id, "} +
           scope + ", " + place +
           ", effective_start_date, NULL, created_at, updated_at, changed_by, NULL, 1 FROM "
           "people.role_assignment WHERE tenant_id = $1 LIMIT 1";
  };
  CHECK(broken_rule(c, insert("'LOCATION'", "NULL")) == "assignment_scope");
  CHECK(broken_rule(c, insert("'GLOBAL'",
                              "(SELECT location_id FROM people.location WHERE tenant_id = $1 LIMIT 1)")) ==
        "assignment_scope");
  CHECK(broken_rule(c, insert("'LOCATION'", "gen_random_uuid()")) == "assignment_location");
}
