#include "tests/unit/company/company_fixture.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

using keys = std::vector<std::string>;

create_role role_named(std::string name, std::optional<keys> granted = {}) {
  return {std::move(name), {}, {scope_type::global}, std::move(granted)};
}

update_role changing(role_changes changes, std::optional<std::int64_t> if_match = {}) {
  update_role result;
  static_cast<role_changes&>(result) = std::move(changes);
  result.role_id = pricer;
  result.if_match = if_match;
  return result;
}

replace_permissions replacing(keys wanted, std::optional<std::int64_t> version = {}) {
  replace_permissions result;
  result.permission_keys = std::move(wanted);
  result.version = version;
  result.role_id = pricer;
  return result;
}

const keys& granted(const company_state& state) {
  return state.find_role(pricer)->permission_keys;
}

}  // namespace

TEST_CASE("roles: a new one has sorted keys and scopes, each once, and version 1") {
  company_rules rules;
  create_role c{"Clerk",
                "Sells",
                {scope_type::location, scope_type::global, scope_type::location},
                keys{"people:person:view", "pricing:price_book:view", "people:person:view"}};
  auto result = rules.tried(company(), c).value();
  const auto& events = result.events;
  REQUIRE(events.size() == 1);
  const auto& made = std::get<role_created>(events[0]).after;
  CHECK(made.allowed_scopes == std::vector{scope_type::global, scope_type::location});
  CHECK(made.permission_keys == keys{"people:person:view", "pricing:price_book:view"});
  CHECK(made.version == 1);
  CHECK(made.created_at == morning + 1h);
  auto after = company();
  evolve(after, events[0]);
  CHECK(after.roles.size() == 2);
  CHECK(result.answer == made);
}

TEST_CASE("roles: names are the same after trim, collapsed blanks and lower case [G-ROLE-2 D-35]") {
  CHECK(normalized_role_name("  Shop \t MANAGER\n") == "shop manager");
  CHECK(normalized_role_name(" ").empty());
  CHECK(normalized_role_name("ShopManager") == "shopmanager");
  company_rules rules;
  for (const auto* same : {"Pricer", "pricer", " PRICER ", "\tpriceR"})
    CHECK(rules.fault_of(company(), role_named(same)) == "ROLE_NAME_TAKEN");
  CHECK(rules.fault_of(company(), role_named("Pri cer")).empty());
}

TEST_CASE("roles: a role grants only what is registered; all others are named [G-ROLE-1]") {
  company_rules rules;
  auto refused = rules.when(company(), role_named("Clerk", keys{"a:b:c", "people:person:view", "d:e:f"}));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == "PERMISSION_NOT_FOUND");
  CHECK(refused.error().field_errors.size() == 2);
}

TEST_CASE("roles: changes need the right version, if one is given; what is so already is none") {
  company_rules rules;
  CHECK(rules.fault_of(company(), changing({"x", {}, 2})) == "VERSION_CONFLICT");
  CHECK(rules.fault_of(company(), changing({"x", {}, {}}, 2)) == "PRECONDITION_FAILED");
  auto after = rules.after(company(), changing({"Other", {}, 1}, 1));
  CHECK(after.find_role(pricer)->description == "Other");
  CHECK(after.find_role(pricer)->version == 2);
  CHECK(after.find_role(pricer)->role_name == "Pricer");
  CHECK(rules.when(after, changing({"Other", {}, {}}))->empty());
  CHECK(rules.when(after, changing({}))->empty());
  auto unknown = changing({"x", {}, {}});
  unknown.role_id = {numbered(99)};
  CHECK(rules.fault_of(company(), unknown) == "ROLE_NOT_FOUND");
  // A clock that went backwards does not move the change time back.
  CHECK(rules.after(company(), changing({"Earlier", {}, {}}), morning - 1h).find_role(pricer)->updated_at ==
        morning);
}

TEST_CASE("roles: granting and revoking are idempotent [G-ROLE-3]") {
  company_rules rules;
  grant_permission grant{pricer, "people:person:view"};
  auto more = rules.after(company(), grant);
  CHECK(granted(more) == keys{"people:person:view", "pricing:price_book:edit"});
  CHECK(rules.when(more, grant)->empty());
  revoke_permission revoke{pricer, "people:person:view"};
  CHECK(granted(rules.after(more, revoke)) == granted(company()));
  CHECK(rules.when(company(), revoke)->empty());
  CHECK(rules.when(company(), revoke_permission{pricer, "a:b:c"})->empty());
  CHECK(rules.fault_of(company(), grant_permission{pricer, "a:b:c"}) == "PERMISSION_NOT_FOUND");
  CHECK(rules.fault_of(company(), grant_permission{{numbered(99)}, "people:person:view"}) ==
        "ROLE_NOT_FOUND");
  CHECK(rules.fault_of(company(), revoke_permission{{numbered(99)}, "a:b:c"}) == "ROLE_NOT_FOUND");
}

TEST_CASE(
    "Security: a role that loses what a company must keep leaves a departure, wherever it may be held") {
  company_rules rules;
  auto departures = [&](const std::vector<scope_type>& scopes, const auto& command) {
    auto state = company();
    state.roles.front().allowed_scopes = scopes;
    state.roles.front().permission_keys = {"people:person:view", std::string{manages_users_permission}};
    int count = 0;
    for (const auto& e : rules.when(state, command).value())
      if (const auto* d = std::get_if<admin_departure>(&e))
        count += d->role_id == pricer && d->permission_key == manages_users_permission;
    return count;
  };
  using enum scope_type;
  for (const auto& scopes : {std::vector{global}, std::vector{location}, std::vector{global, location}}) {
    CHECK(departures(scopes, revoke_permission{pricer, std::string{manages_users_permission}}) == 1);
    CHECK(departures(scopes, replacing({})) == 1);
    CHECK(departures(scopes, replacing({std::string{manages_users_permission}})) == 0);
    CHECK(departures(scopes, revoke_permission{pricer, "people:person:view"}) == 0);
    CHECK(departures(scopes, changing({"Other words", {}, {}})) == 0);
  }
  CHECK(departures({global}, changing({{}, std::vector{location}, {}})) == 1);
  CHECK(departures({global, location}, changing({{}, std::vector{location}, {}})) == 1);
  CHECK(departures({location}, changing({{}, std::vector{global}, {}})) == 0);
}

TEST_CASE("Security: a role that loses a part of what it takes to give everything leaves one departure") {
  company_rules rules;
  auto state = company();
  state.roles.front().permission_keys = {to_give_everything.begin(), to_give_everything.end()};
  std::ranges::sort(state.roles.front().permission_keys);
  for (auto key : to_give_everything) {
    auto events = rules.when(state, revoke_permission{pricer, std::string{key}}).value();
    REQUIRE(events.size() == 2);
    const auto& left = std::get<admin_departure>(events.back());
    CHECK(left.permission_key == any_authority);
    CHECK(left.needed_keys.size() == to_give_everything.size());
  }
}

TEST_CASE("roles: the whole set is replaced; keys of a service that is gone may stay, not come [G-ROLE-4]") {
  company_rules rules;
  CHECK(granted(rules.after(company(), replacing({"people:person:view", "people:person:view"}))) ==
        keys{"people:person:view"});
  CHECK(granted(rules.after(company(), replacing({}))).empty());
  CHECK(rules.when(company(), replacing({"pricing:price_book:edit"}))->empty());
  CHECK(rules.fault_of(company(), replacing({}, 7)) == "VERSION_CONFLICT");
  CHECK(rules.fault_of(company(), replacing({"a:b:c"})) == "PERMISSION_NOT_FOUND");
  auto gone = company();
  gone.permissions.clear();
  CHECK(rules.when(gone, replacing({"pricing:price_book:edit"}))->empty());
  CHECK(granted(rules.after(gone, replacing({}))).empty());
  CHECK(rules.fault_of(gone, replacing({"people:person:view"})) == "PERMISSION_NOT_FOUND");
}

TEST_CASE(
    "permissions: registering is an upsert, and a key stays with its first service [G-PERM-2 G-PERM-4]") {
  company_rules rules;
  register_permissions c{"pricing",
                         "pos",
                         "2",
                         {{"pricing:price_book:edit", "Edits prices"},
                          {"pricing:price_book:view", "Does something"},
                          {"pricing:discount:give", "Gives discounts"}}};
  auto made = rules.registered(company_with_pos(), c).value();
  REQUIRE(made.events.size() == 2);
  auto after = company_with_pos();
  for (const auto& event : made.events)
    evolve(after, event);
  const auto& counted = made.answer;
  CHECK(counted.registered == 1);
  CHECK(counted.updated == 1);
  CHECK(counted.unchanged == 1);
  CHECK(counted.errors.empty());
  CHECK(after.find_permission("pricing:price_book:edit")->version == 2);
  CHECK(rules.registered(after, c)->events.empty());

  after.services.front().client.name = c.service_name = "thief";
  auto refused = rules.registered(after, c).value();
  CHECK(refused.events.empty());
  CHECK(refused.answer.errors.size() == 3);
}

TEST_CASE("permissions: a service registers in its own name, and none of this server's domains [G-PERM-2]") {
  company_rules rules;
  auto code = [&](const std::string& domain, const std::string& name,
                  principal_kind kind = principal_kind::service) {
    auto result = rules.registered(company_with_pos(),
                                   {domain, name, "1", {{domain + ":thing:use", "Harmless"}}}, kind);
    return result ? "ok" : result.error().code;
  };
  CHECK(code("pricing", "pos") == "ok");
  for (const auto* other : {"musterd", "Pos", "billing"})
    CHECK(code("pricing", other) == "NOT_YOUR_SERVICE_NAME");
  auto pos = company_with_pos();
  for (std::string name : {"pos", "musterd"})
    for (auto key : permission_keys) {
      auto domain = std::string{key.substr(0, key.find(':'))};
      CAPTURE(domain);
      pos.services.front().client.name = name;
      register_permissions c{
          domain, name, "1", {{std::string{key}, "Harmless"}, {domain + ":thing:use", "Harmless"}}};
      auto made = rules.registered(pos, c).value();
      CHECK(made.events.empty());
      const auto& said = made.answer;
      CHECK(said.errors.size() == 2);
      CHECK(said.unchanged == 0);
    }
  CHECK(code("pricing", "pos", principal_kind::user) == "ACCESS_DENIED");
  CHECK(rules.registered(company(), {"pricing", "pos", "1", {}}).error().code == "ACCESS_DENIED");
}

TEST_CASE("permissions: what may be registered [G-PERM-1 G-PERM-3]") {
  register_permissions c{"pricing",
                         "pos",
                         "1",
                         {{"pricing:price_book:edit", "x"},
                          {"pricing:Price:edit", "x"},
                          {"people:person:view", "x"},
                          {"pricing:price_book:edit", "x"},
                          {"pricing:price_book:view", " "}}};
  CHECK(wrong_fields(c) == keys{"permissions.[1].key", "permissions.[2].key", "permissions.[3].key",
                                "permissions.[4].description"});
  CHECK(wrong_fields(register_permissions{"a", " ", "", {}}) == keys{"serviceName", "version"});
  CHECK(wrong_fields(create_role{" ", std::string(1001, 'x'), {}, {}}) ==
        keys{"roleName", "description", "allowedScopes"});
  CHECK(wrong_fields(changing({{}, std::vector<scope_type>{}, {}})) == keys{"allowedScopes"});
}

TEST_CASE("locations: the code is unique and fixed, the rest changes with the version") {
  company_rules rules;
  create_location boston;
  static_cast<new_location&>(boston) = {"BOS", "Boston", "America/New_York"};
  auto after = rules.after(company(), boston);
  REQUIRE(after.locations.size() == 2);
  CHECK(after.locations[1].status == location_status::active);
  CHECK(rules.fault_of(after, boston) == "LOCATION_CODE_TAKEN");
  boston.code = "bos";
  CHECK(rules.fault_of(after, boston) == "LOCATION_CODE_TAKEN");
  update_location change;
  change.location_id = brooklyn;
  change.status = location_status::inactive;
  CHECK(rules.after(company(), change).find_location(brooklyn)->status == location_status::inactive);
  CHECK(rules.after(company(), change).find_location(brooklyn)->code == "NYC");
  change.version = 9;
  CHECK(rules.fault_of(company(), change) == "VERSION_CONFLICT");
  change.location_id = {numbered(99)};
  CHECK(rules.fault_of(company(), change) == "LOCATION_NOT_FOUND");
  boston.timezone = "Mars/Olympus";
  boston.code.clear();
  CHECK(wrong_fields(boston) == keys{"code", "timezone"});
}
