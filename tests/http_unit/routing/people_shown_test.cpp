#include "http/routing/call.hpp"

#include <doctest/doctest.h>

using namespace musterd;

TEST_CASE("Security: scope: a handler gets at people only on a route that has declared to show them") {
  auto asked_on = [](access_rule rule) {
    route on;
    on.access = std::move(rule);
    http_call call;
    call.matched = &on;
    call.who.locations = {location_uuid::generate()};
    call.request.received_at = timestamp{std::chrono::hours{1}};
    auto scope = call.people();
    CHECK_FALSE(scope.everywhere);
    CHECK(scope.shops == call.who.locations);
    CHECK(scope.at == call.request.received_at);
  };
  asked_on(access::permission("people:thing:view", access::covered_people));
  asked_on(access::permission_everywhere("people:thing:view"));
  asked_on(access::permission("people:thing:view", access::covered_people, {"people:other:view"}));
  // With several keys, each may hold elsewhere and show something else.
  for (const auto& rule :
       {access::any_permission("people:thing:view", access::covered_people, {"people:other:view"}),
        access::permission("people:thing:view", access::no_people), access::self,
        access::permission_on_self("people:thing:view"), access::open})
    CHECK_THROWS_AS(asked_on(rule), std::logic_error);
}
