#include "domain/company/directories.hpp"
#include "tests/unit/company/company_fixture.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace musterd::testing {
namespace {

company_directory_ptr read_as(std::int64_t version) {
  auto result = std::make_shared<company_directory>();
  result->version = version;
  return result;
}

}  // namespace

TEST_CASE("directories: a company is shown to all, and to nobody else") {
  company_directories shown;
  auto pos = company();
  CHECK_FALSE(shown.contains(pos.id));
  CHECK(shown.find(pos.id)->roles.roles().empty());
  auto before = shown.find(pos.id);
  shown.show(pos, 1);
  CHECK(shown.contains(pos.id));
  CHECK(shown.find(pos.id)->roles.find(pricer) != nullptr);
  CHECK(shown.find(pos.id)->locations.find(pos.id, brooklyn) != nullptr);
  CHECK(before->roles.roles().empty());  // earlier readers keep their snapshot
  CHECK_FALSE(shown.contains({numbered(99)}));
}

TEST_CASE("directories: showing one company leaves the others where they are") {
  company_directories shown;
  auto pos = company(), other = company();
  other.id = {numbered(4)};
  shown.show(other, 1);
  auto seen = shown.find(other.id);
  shown.show(pos, 1);
  CHECK(shown.find(other.id) == seen);
}

TEST_CASE("directories: what was read does not replace what was shown or read later") {
  company_directories shown;
  tenant_uuid tenant = company().id;
  auto stamp = shown.stamp(tenant);
  shown.replace(tenant, stamp, read_as(5));
  shown.replace(tenant, stamp, read_as(4));
  CHECK(shown.find(tenant)->version == 5);
  shown.show(company(), 1);
  shown.replace(tenant, stamp, read_as(6));
  CHECK(shown.find(tenant)->version == 0);
  shown.replace(tenant, shown.stamp(tenant), read_as(6));
  CHECK(shown.find(tenant)->version == 6);
}

TEST_CASE("directories: a company that changes while it is read for the first time is read again") {
  company_directories shown;
  tenant_uuid tenant = company().id;
  auto stamp = shown.stamp(tenant);
  shown.outdate(tenant);
  shown.replace(tenant, stamp, read_as(4));
  CHECK_FALSE(shown.contains(tenant));
}

TEST_CASE(
    "directories: when nobody knows what was changed, what is read replaces what is newer by its number") {
  company_directories shown;
  tenant_uuid tenant = company().id;
  shown.replace(tenant, shown.stamp(tenant), read_as(5));
  auto while_reading = shown.stamp(tenant);
  CHECK(shown.outdate_all() == std::vector{tenant});
  shown.replace(tenant, while_reading, read_as(6));
  CHECK(shown.find(tenant)->version == 5);
  shown.replace(tenant, shown.stamp(tenant), read_as(4));
  CHECK(shown.find(tenant)->version == 4);
  shown.replace(tenant, shown.stamp(tenant), read_as(3));
  CHECK(shown.find(tenant)->version == 4);
}

TEST_CASE("directories: what is in doubt is read again, whatever its number, and who saw something else "
          "doubts nothing") {
  company_directories shown;
  tenant_uuid tenant = company().id;
  CHECK(shown.must_be_read(tenant));
  shown.doubt(tenant, shown.find(tenant));
  shown.replace(tenant, shown.stamp(tenant), read_as(5));
  CHECK_FALSE(shown.must_be_read(tenant));
  auto seen = shown.find(tenant);
  shown.doubt(tenant, seen);
  CHECK(shown.must_be_read(tenant));
  CHECK(shown.find(tenant) == seen);
  shown.replace(tenant, shown.stamp(tenant), read_as(4));
  CHECK_FALSE(shown.must_be_read(tenant));
  CHECK(shown.find(tenant)->version == 4);
  shown.doubt(tenant, seen);
  CHECK_FALSE(shown.must_be_read(tenant));
  shown.doubt(tenant, shown.find(tenant));
  shown.show(company(), 7);
  CHECK_FALSE(shown.must_be_read(tenant));
  CHECK(shown.find(tenant)->relied_on == 7);
}

TEST_CASE("register_permissions: ten thousand at once, and again") {
  company_rules rules;
  register_permissions c{"shop", "shop", "1", {}};
  for (int i = 0; i < 10'000; ++i)
    c.permissions.push_back({fmt::format("shop:thing_{}:use", 9'999 - i), "Uses it"});
  auto state = company_with_pos();
  state.services.front().client.name = "shop";
  auto made = rules.registered(state, c).value();
  for (const auto& e : made.events)
    evolve(state, e);
  const auto& first = made.answer;
  CHECK(first.registered == 10'000);
  CHECK(first.errors.empty());
  CHECK(state.permissions.size() == 10'003);
  auto again = rules.registered(state, c)->answer;
  CHECK(again.registered == 0);
  CHECK(again.unchanged == 10'000);
}

}  // namespace musterd::testing
