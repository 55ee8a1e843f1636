#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {

TEST_CASE("user-person link: one that fails is counted [S91-F11]") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  auto user = to_string(uuid::generate());
  auto event = json({{"eventId", to_string(uuid::generate())},
                     {"eventType", "UserProvisioned"},
                     {"occurredAt", "2026-11-02T10:00:00Z"},
                     {"tenantId", demo_tenant},
                     {"correlationId", "hire-" + user},
                     {"payload", boost::json::object{{"userId", user}, {"personId", nobody}}}});
  pqxx::nontransaction{server.db()}.exec(fmt::format(
      "INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,"
      " occurred_at, correlation_id, body) VALUES ('{}', gen_random_uuid(), 'UserProvisioned', "
      "'security.events',"
      " 'security.user.provisioned.v1', '{}', now(), 'hire', '{}')",
      demo_tenant, user, event));
  CHECK(becomes_true(patience, [&] {
    auto now = server.client().get("/metrics").body;
    return metric(now, R"(user_person_links_total{outcome="failed"})") >= 1;
  }));
}

}  // namespace musterd::testing
