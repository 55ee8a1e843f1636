#include "tests/unit/company/company_fixture.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

create_service pos() {
  create_service c;
  static_cast<new_service&>(c) = {
      "pos", {}, {"security:permission:register", "security:authorization:decide"}};
  c.secret_hash = "first";
  return c;
}

add_service_secret rotation(service_uuid id) {
  add_service_secret c;
  c.client_id = id;
  c.secret_hash = "second";
  return c;
}

}  // namespace

TEST_CASE("services: one is made with its scopes sorted and one secret, under a name of its own") {
  company_rules rules;
  auto made = rules.after(company(), pos());
  REQUIRE(made.services.size() == 1);
  const auto& s = made.services.front();
  CHECK(s.client.scopes.front() == "security:authorization:decide");
  CHECK(s.secrets.size() == 1);
  CHECK(rules.fault_of(made, pos()) == "SERVICE_NAME_TAKEN");
}

TEST_CASE("services: two secrets at most are live, and an end that is said holds") {
  company_rules rules;
  auto made = rules.after(company(), pos());
  auto id = made.services.front().client.client_id;
  auto rotated = rules.after(made, rotation(id));
  CHECK(rotated.services.front().secrets.size() == 2);
  CHECK(rules.fault_of(rotated, rotation(id)) == "TOO_MANY_SECRETS");
  auto until = rotation(id);
  until.previous_ends_at = morning + 2h;
  auto ending = rules.after(made, until);
  service_directory shown;
  shown.add(ending.services.front());
  const auto* entry = shown.find(id);
  auto first = ending.services.front().secrets.front().secret_id;
  CHECK(entry->has_live(first, morning + 1h));
  CHECK_FALSE(entry->has_live(first, morning + 2h));
  CHECK(rules.after(ending, rotation(id), morning + 3h).services.front().secrets.size() == 2);
}

TEST_CASE("services: what is revoked is gone, and changing nothing is no event") {
  company_rules rules;
  auto made = rules.after(company(), pos());
  auto id = made.services.front().client.client_id;
  update_service same;
  same.client_id = id;
  same.scopes = made.services.front().client.scopes;
  CHECK(rules.when(made, same).value().empty());
  CHECK(rules.after(made, revoke_service{id}).services.empty());
  CHECK(rules.fault_of(company(), revoke_service{id}) == "SERVICE_NOT_FOUND");
  CHECK(rules.fault_of(made, end_service_secret{id, {numbered(77)}}) == "SECRET_NOT_FOUND");
}

TEST_CASE("services: names and scopes are checked") {
  auto bad = pos();
  static_cast<new_service&>(bad).name = "Po S";
  static_cast<new_service&>(bad).scopes = {"people:user:disable"};
  CHECK(wrong_fields(bad) == std::vector<std::string>{"name", "scopes.[0]"});
}

}  // namespace musterd::testing
