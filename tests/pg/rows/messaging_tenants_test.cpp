#include "persistence/schema/migrations.hpp"

#include "tests/support/scratch_database.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace musterd::testing {

TEST_CASE("migration 0009: messages that wait already are their tenant's; one with a NUL in its body, too") {
  scratch_database database;
  pqxx::connection db{database.owner_url()};
  auto all = embedded_migrations();
  std::vector<migration> before;
  for (const auto& step : all)
    if (step.version < 9)
      before.push_back(step);
  migrate(db, before);
  constexpr auto tenant = "01941f29-7c00-7000-8000-000000000001";
  for (const auto* payload : {R"({"n":1})", R"({"n":"\u0000"})"})
    pqxx::nontransaction{db}.exec(fmt::format("INSERT INTO messaging.parked_message (consumer, entity_key, "
                                              "event_id, state, routing_key, body) VALUES"
                                              " ('c', gen_random_uuid(), gen_random_uuid(), 'DEAD', 'r', "
                                              "'{{\"tenantId\": \"{}\", \"payload\": {}}}')",
                                              tenant, payload));
  migrate(db, all);
  CHECK(number_of(db, fmt::format("SELECT count(*) FROM messaging.parked_message WHERE tenant_id = '{}'",
                                  tenant)) == 2);
}

}  // namespace musterd::testing
