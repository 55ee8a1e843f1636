#include "persistence/find/find_dead_letters.hpp"
#include "tests/pg/rows/time_clock_rows.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {

TEST_CASE_FIXTURE(
    migrated_database,
    "dead letters: of very many of one event's id the history shows the last, and how this one died") {
  auto event = to_string(uuid::generate()), first = to_string(uuid::generate());
  auto add = [&](const std::string& id, const std::string& dead_at, int count) {
    pqxx::nontransaction{db()}.exec(fmt::format(
        "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, routing_key, "
        "reason, error, body, body_size, attempts, first_failed_at, dead_at) SELECT {}, '{}', 'q', "
        "'c', '{}', 'r', 'REFUSED', 'EVENT_DIFFERS', '{{}}', 2, 1, now(), {} FROM "
        "generate_series(1, {}) n",
        id, to_string(tenant), event, dead_at, count));
  };
  add("'" + first + "'", "now() - interval '1 day'", 1);
  add("gen_random_uuid()", "now() - make_interval(secs => n)", 300);
  pqxx::nontransaction tx{db()};
  auto shown = find_dead_letter_detail(tx, {tenant, "none"}, uuid::parse(first).value());
  REQUIRE(shown.has_value());
  REQUIRE(shown->history.size() == 100);
  CHECK(to_string(shown->history.front().dead_letter_id) == first);
}

}  // namespace musterd::testing
