#include "tests/unit/company/company_fixture.hpp"
#include "tests/unit/decided.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// A caller who holds all but one permission everywhere.
class all_but_one final : public acting_caller {
 public:
  explicit all_but_one(std::string_view key) : key_{key} {}
  bool holds(own_permission permission, location_uuid place, const role_catalog&) const override {
    CHECK(place == location_uuid{});
    return permission.key() != key_;
  }

 private:
  std::string key_;
};

template <class State, class Command>
std::string verdict(const State& state, const Command& command, const role_catalog& roles,
                    const acting_caller& who) {
  location_directory places;
  counted_ids ids;
  facts known{places, roles, ids, who};
  auto ctx = at(morning);
  ctx.actor = numbered(90);
  auto made = decided(state, command, ctx, known);
  return made ? "ok" : made.error().code;
}

role_catalog catalog() {
  role_catalog roles;
  for (const auto& r : company().roles)
    roles.add(r);
  return roles;
}

}  // namespace

TEST_CASE("asked permissions: a role with permissions also takes the right to grant them") {
  create_role bare, powerful;
  bare.role_name = powerful.role_name = "New";
  bare.allowed_scopes = powerful.allowed_scopes = {scope_type::global};
  powerful.permission_keys = {"pricing:price_book:edit"};
  all_but_one who{"security:role_permission:grant"};
  CHECK(verdict(company(), bare, {}, who) == "ok");
  CHECK(verdict(company(), powerful, {}, who) == "ACCESS_DENIED");
  CHECK(verdict(company(), powerful, {}, trusted_caller) == "ok");
}

TEST_CASE("asked permissions: a user with roles also takes the right to assign them") {
  person_state nina = ann();
  nina.user.reset();
  provision_user bare;
  bare.username = "nina";
  auto powerful = bare;
  powerful.role_ids = {pricer};
  auto roles = catalog();
  all_but_one who{"people:role_assignment:create"};
  CHECK(verdict(nina, bare, roles, who) == "ok");
  CHECK(verdict(nina, powerful, roles, who) == "ACCESS_DENIED");
  CHECK(verdict(nina, powerful, roles, trusted_caller) == "ok");
}

TEST_CASE("asked permissions: leaving assignments active takes the right to keep them") {
  disable_user leave;
  leave.user_id = ann_user;
  leave.assignment_termination = assignment_termination::leave_assignments_active;
  all_but_one who{"people:user:keep_assignments"};
  CHECK(verdict(ann(), leave, {}, who) == "ACCESS_DENIED");
  auto refused_by_policy = verdict(ann(), leave, {}, trusted_caller);
  CHECK(refused_by_policy != "ok");
  CHECK(refused_by_policy != "ACCESS_DENIED");
}
