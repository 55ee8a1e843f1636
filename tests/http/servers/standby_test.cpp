#include "tests/http/operations/financial_message.hpp"
#include "tests/http/operations/own_broker.hpp"
#include "tests/support/network/broker_link.hpp"

#include <fmt/format.h>

/// A failover, as the server sees it: the database is read-only from now on.
namespace musterd::testing {
namespace {

/// Ends all connections; later ones may write or not.
void let_it_write(company_server& at, bool whether) {
  pqxx::nontransaction{at.db()}.exec(
      fmt::format("ALTER DATABASE \"{}\" SET default_transaction_read_only = {}", at.db().dbname(),
                  whether ? "off" : "on"));
  end_other_clients(at.db());
}

}  // namespace

TEST_CASE("standby: nothing is changed or lost, no event loses an attempt, and all comes back by itself") {
  own_broker broker;  // without letters of servers before
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  auto ann = server.new_mechanic();
  auto ready = [&] { return server.client().get("/health/ready").status; };
  auto publish = [&](const std::string& subject) {
    try {
      return broker_link{broker.url()}.publish("audit.events", "audit.event.recorded.v1", subject,
                                               financial_message("REFUND", subject));
    } catch (const std::runtime_error&) {  // the exchange is not there yet
      return false;
    }
  };
  auto recorded = [&](const std::string& subject) {
    return number_of(server.db(),
                     fmt::format("SELECT count(*) FROM audit.entry WHERE subject_id = '{}'", subject));
  };
  auto earlier = to_string(uuid::generate()), meanwhile = to_string(uuid::generate());
  REQUIRE(becomes_true(patience, [&] { return publish(earlier) && recorded(earlier) > 0; }));

  let_it_write(server, false);
  REQUIRE(becomes_true(patience, [&] { return ready() == 503; }));
  std::set<int> answers;
  for (int i = 0; i < 20; ++i)
    answers.insert(ann->clock_in().status);
  answers.erase(504);  // from a connection lost halfway
  CHECK(answers == std::set<int>{503});
  REQUIRE(publish(meanwhile));

  let_it_write(server, true);
  REQUIRE(becomes_true(patience, [&] { return ready() == 200; }));
  CHECK(becomes_true(patience, [&] { return ann->clock_in().status == 201; }));
  CHECK(becomes_true(patience, [&] { return recorded(meanwhile) == 1; }));
  pqxx::nontransaction tx{server.db()};
  CHECK(
      tx.exec(
            "SELECT coalesce(string_agg(reason || ' ' || error, '; '), '') FROM messaging.dead_letter")[0][0]
          .as<std::string>() == "");
  tx.abort();
  CHECK(number_of(server.db(), "SELECT count(*) FROM messaging.parked_message") == 0);
  CHECK(becomes_true(patience,
                     [&] { return number_of(server.db(), "SELECT count(*) FROM messaging.outbox") == 0; }));
}

}  // namespace musterd::testing
