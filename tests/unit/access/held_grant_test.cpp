#include "domain/access/held_grant.hpp"

#include "common/json/json_read.hpp"
#include "domain/kernel/context.hpp"

#include <doctest/doctest.h>

using namespace musterd;
using namespace std::chrono_literals;

namespace {

const role_uuid manager = role_uuid::generate();
const location_uuid here = location_uuid::generate(), there = location_uuid::generate();
constexpr own_permission edit = "people:employee:update";
const timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 10} + 12h};

role_catalog roles_of_managers() {
  role_catalog result;
  result.add({manager, "MANAGER", {}, {scope_type::global}, {std::string{edit.key()}}, {}, {}, 1});
  return result;
}

held_grant from_to(timestamp start, timestamp end, location_uuid where = {}) {
  return {role_assignment_uuid::generate(), manager, where, start, end};
}

using spans = std::vector<held_span>;

}  // namespace

TEST_CASE("held grants: spans that touch or overlap are one, what is empty is none, and places stay apart") {
  auto roles = roles_of_managers();
  std::vector<held_grant> held{from_to(noon + 3h, noon + 5h),       from_to(noon, noon + 1h),
                               from_to(noon + 1h, noon + 2h, here), from_to(noon + 4h, noon + 6h, there),
                               from_to(noon + 9h, noon + 9h),       from_to(noon + 8h, noon + 7h)};
  auto when = [&](std::optional<location_uuid> place) { return when_held(held, edit.index(), place, roles); };
  CHECK(when({}) == spans{{noon, noon + 1h}, {noon + 3h, noon + 5h}});
  CHECK(when(here) == spans{{noon, noon + 2h}, {noon + 3h, noon + 5h}});
  CHECK(when(there) == spans{{noon, noon + 1h}, {noon + 3h, noon + 6h}});
  CHECK(when_held(held, permission_of("people:employee:view"), {}, roles).empty());
}

TEST_CASE("held places: everywhere covers every shop, nowhere none") {
  CHECK(held_places{true}.covers(here));
  CHECK_FALSE(held_places{true}.nowhere());
  CHECK(held_places{false, {here}}.covers(here));
  CHECK_FALSE(held_places{false, {here}}.covers(there));
  CHECK_FALSE(held_places{}.covers(here));
  CHECK(held_places{}.nowhere());
}

TEST_CASE("own permissions: written as their key, and only those of this server are read") {
  admission let_in{{}, {edit, "people:user:terminate"}, false, true};
  auto text = to_json(let_in);
  CHECK(text.find(R"("anyOf":["people:employee:update","people:user:terminate"])") != std::string::npos);
  auto read = from_json<admission>(text);
  REQUIRE(read.has_value());
  CHECK(read->any_of == let_in.any_of);
  auto unknown =
      from_json<admission>(R"({"session":"00000000-0000-0000-0000-000000000000",)"
                           R"("anyOf":["pricing:price_book:edit"],"everywhere":false,"onSelf":true})");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().field_errors.front().field == "anyOf[0]");
}
