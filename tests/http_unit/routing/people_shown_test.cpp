#include "http/routing/call.hpp"

#include <doctest/doctest.h>

using namespace musterd;

TEST_CASE("Security: scope: a handler gets at people only on a route that has declared to show them") {
  auto asked_on = [](access_rule rule) {
    route on;
    on.access = std::move(rule);
    http_call call;
    call.matched = &on;
    const std::vector shops{location_uuid::generate()};
    call.who.held = {{{}, {false, shops}}};
    call.request.received_at = timestamp{std::chrono::hours{1}};
    auto scope = call.people();
    CHECK_FALSE(scope.everywhere);
    CHECK(scope.shops == shops);
    CHECK(scope.at == call.request.received_at);
  };
  asked_on(access::permission("people:person:view", access::covered_people));
  asked_on(access::permission_everywhere("people:person:view"));
  asked_on(access::permission("people:person:view", access::covered_people, {"people:employee:view"}));
  // Each of several keys may hold elsewhere, and show something else.
  for (const auto& rule :
       {access::any_permission({"people:person:view", "people:employee:view"}, access::covered_people),
        access::permission("people:person:view", access::no_people), access::self,
        access::permission_on_self("people:person:view"), access::open})
    CHECK_THROWS_AS(asked_on(rule), std::logic_error);
}
