#include "tests/http/operations/own_broker.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/support/network/broker_link.hpp"

#include "common/text/uuid.hpp"

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
  // Until the server has declared the exchange, publishing to it ends the channel.
  REQUIRE(becomes_true(patience, [&] {
    try {
      return broker_link{broker.url()}.publish("security.events", "security.user.provisioned.v1", user,
                                               event);
    } catch (const std::runtime_error&) {
      return false;
    }
  }));
  CHECK(becomes_true(patience, [&] {
    auto now = server.client().get("/metrics").body;
    return metric(now, R"(user_person_links_total{outcome="failed"})") >= 1;
  }));
}

}  // namespace musterd::testing
