#include "tests/amqp/world.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("letter flood: what is behind it is handled, and what is kept of it is bounded") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  spec.max_body = 1 << 20;
  constexpr std::int64_t flood = 3000;
  std::string kind, body;
  SUBCASE("malformed") {
    body = std::string(60'000, '[');
  }
  SUBCASE("of no tenant we know") {
    w.tenant = tenant_uuid::generate();
    body = w.event(1, uuid::generate()).body;
    body.insert(body.size() - 1, ",\"filler\":\"" + std::string(60'000, 'x') + '"');
  }
  for (int i = 0; i < flood; ++i)
    w.publish_raw(body);
  w.tenant = tenant_uuid::generate();
  w.add_tenant();
  w.publish(w.event(7, uuid::generate()));
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM effect") == 1; }, 60s));
  auto dead = [&] { return w.stats.dead_lettered[0] + w.stats.dead_lettered[2]; };
  REQUIRE(eventually([&] { return dead() == flood; }));
  CHECK(w.number("SELECT sum(octet_length(coalesce(body, '')) + octet_length(coalesce(raw_body, '')))"
                 " FROM messaging.dead_letter") <= 17 << 20);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE type = 'DEAD_LETTER'") <= 110);
  CHECK(eventually([&] {
    return w.number("SELECT coalesce(sum((details->>'withoutAlert')::bigint), 0) FROM messaging.alert"
                    " WHERE type = 'DEAD_LETTER_FLOOD'") > 0;
  }));
  // All of it is there for the broker's operator.
  CHECK(eventually([&] { return w.depth(dead_letter_queue(spec)) == flood; }));
}
