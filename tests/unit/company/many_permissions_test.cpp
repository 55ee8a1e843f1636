#include "tests/unit/company/company_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

register_permissions offering(int from, int to) {
  register_permissions c{"billing", "billing", "1", {}};
  for (int i = from; i < to; ++i)
    c.permissions.push_back({fmt::format("billing:item_{}:view", i), "Shows items."});
  return c;
}

}  // namespace

TEST_CASE("permissions: a service has ten thousand at most, however many requests it takes") {
  company_rules rules;
  auto state = rules.after(company(), offering(0, 6'000));
  CHECK(rules.fault_of(state, offering(6'000, 10'001)) == "TOO_MANY_PERMISSIONS");
  state = rules.after(std::move(state), offering(6'000, 10'000));
  CHECK(rules.fault_of(state, offering(10'000, 10'001)) == "TOO_MANY_PERMISSIONS");
  // What is there already may be said again; others are not concerned.
  CHECK(rules.fault_of(state, offering(0, 10'000)).empty());
  register_permissions other{"pricing", "pos", "1", {{"pricing:discount:give", "Gives discounts."}}};
  CHECK(rules.fault_of(state, other).empty());
}
