#include "tests/unit/company/company_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace musterd;
using namespace musterd::testing;

namespace {

register_permissions offering(int from, int to) {
  register_permissions c{"billing", "pos", "1", {}};
  for (int i = from; i < to; ++i)
    c.permissions.push_back({fmt::format("billing:item_{}:view", i), "Shows items."});
  return c;
}

}  // namespace

TEST_CASE("permissions: a service has ten thousand at most, however many requests it takes") {
  company_rules rules;
  auto state = company_with_pos();
  auto code = [&](const register_permissions& c) {
    auto made = rules.registered(state, c);
    return made ? std::string{} : made.error().code;
  };
  auto register_all = [&](const register_permissions& c) {
    for (const auto& event : rules.registered(state, c).value().events)
      evolve(state, event);
  };
  auto known = static_cast<int>(std::ranges::count_if(
      state.permissions, [](const auto& permission) { return permission.second.service_name == "pos"; }));
  register_all(offering(known, 6'000));
  CHECK(code(offering(6'000, 10'001)) == "TOO_MANY_PERMISSIONS");
  register_all(offering(6'000, 10'000));
  CHECK(code(offering(10'000, 10'001)) == "TOO_MANY_PERMISSIONS");
  // Existing ones may be registered again.
  CHECK(code(offering(known, 10'000)).empty());
}
