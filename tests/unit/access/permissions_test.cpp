#include "domain/access/role_catalog.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

std::vector<std::string> expand(std::vector<std::string> patterns, std::vector<std::string> exceptions = {}) {
  return expand_permissions(patterns, exceptions);
}

bool has(const std::vector<std::string>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

TEST_CASE("permissions: every key is domain:resource:action, once [G-PERM-1]") {
  for (auto key : permission_keys) {
    CHECK(std::count(key.begin(), key.end(), ':') == 2);
    CHECK(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_:") == std::string_view::npos);
    CHECK(permission_keys[*find_permission(key)] == key);
  }
  CHECK(std::adjacent_find(permission_keys.begin(), permission_keys.end()) == permission_keys.end());
  CHECK_FALSE(find_permission("people:employee:fire").has_value());
}

TEST_CASE("permissions: permission keys are domain:resource:action in snake_case [G-PERM-1]") {
  for (const auto* good : {"pricing:price_book:edit", "a:b:c", "people:person2:view", "a_:b_1:c__"})
    CHECK_MESSAGE(is_permission_key(good), good);
  for (const auto* bad : {"",
                          ":",
                          "::",
                          "pricing",
                          "pricing:edit",
                          "pricing:price_book:edit:all",
                          "Pricing:price_book:edit",
                          "pricing:priceBook:edit",
                          "pricing:price-book:edit",
                          "pricing:price book:edit",
                          " pricing:book:edit",
                          "pricing:book:edit ",
                          "pricing::edit",
                          "pricing:book:",
                          ":book:edit",
                          "1pricing:book:edit",
                          "pricing:_book:edit",
                          "pricing:2book:edit",
                          "pricing:b\xc3\xbc"
                          "cher:edit",
                          "pricing:book:*",
                          "pricing.book.edit",
                          "pricing:book:edit\n"})
    CHECK_FALSE_MESSAGE(is_permission_key(bad), bad);
  CHECK(is_permission_key("a:b:" + std::string(196, 'c')));
  CHECK_FALSE(is_permission_key("a:b:" + std::string(197, 'c')));
  for (auto key : permission_keys)
    CHECK(is_permission_key(key));
}

TEST_CASE("permissions: a star stands for one part, or for what a short pattern leaves open") {
  CHECK(covers_permission("*", "people:person:view"));
  CHECK(covers_permission("people:*", "people:person:view"));
  CHECK(covers_permission("people:person:*", "people:person:view"));
  CHECK(covers_permission("*:view", "people:person:view"));
  CHECK(covers_permission("timekeeping:*:view", "timekeeping:policy:view"));
  CHECK_FALSE(covers_permission("*:view", "people:employee:update"));
  CHECK_FALSE(covers_permission("people:person", "people:person:view"));
  CHECK_FALSE(covers_permission("people:*", "security:role:view"));
  CHECK_FALSE(covers_permission("timekeeping:*:view", "people:person:view"));
  CHECK_FALSE(covers_permission("a:b:c:d", "people:person:view"));
}

TEST_CASE("permissions: exceptions are taken away, other services' keys are kept") {
  CHECK(expand({"*"}).size() == permission_keys.size());
  auto admin = expand({"*"}, {"people:user:keep_assignments"});
  CHECK(admin.size() == permission_keys.size() - 1);
  CHECK_FALSE(has(admin, "people:user:keep_assignments"));
  auto manager = expand({"timekeeping:*"}, {"timekeeping:policy:manage"});
  CHECK(has(manager, "timekeeping:policy:view"));
  CHECK_FALSE(has(manager, "timekeeping:policy:manage"));
  CHECK(expand({"pricing:price_book:edit"}) == std::vector<std::string>{"pricing:price_book:edit"});
}

TEST_CASE("role catalog: finds own and other services' keys by index") {
  role_catalog catalog;
  role_uuid id = role_uuid::generate();
  catalog.add(
      {id, "PRICER", {}, {scope_type::global}, {"people:person:view", "pricing:price_book:edit"}, {}, {}, 1});
  const auto* found = catalog.find(id);
  REQUIRE(found != nullptr);
  CHECK(found->grants.contains(permission_of("people:person:view")));
  CHECK_FALSE(found->grants.contains(permission_of("people:employee:view")));
  CHECK(found->grants.contains(catalog.index_of("pricing:price_book:edit").value()));
  CHECK_FALSE(catalog.index_of("pricing:price_book:view").has_value());
  CHECK_FALSE(found->grants.contains(no_permission));
  CHECK(catalog.keys_of(found->grants) ==
        std::vector<std::string>{"people:person:view", "pricing:price_book:edit"});
}
