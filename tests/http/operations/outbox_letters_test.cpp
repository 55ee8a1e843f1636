#include "tests/http/operations/dead_letter_rows.hpp"

#include <fmt/format.h>

/// Events of ours that no broker takes are letters, too: operators see, retry and discard them.
namespace musterd::testing {
namespace {

/// A key of the outbox whose first event has a correlation id too long for AMQP.
struct unpublishable_key {
  unpublishable_key() {
    pqxx::nontransaction{d.server.db()}.exec(fmt::format(
        "INSERT INTO messaging.outbox (tenant_id, event_id, event_type, exchange, routing_key, entity_key,"
        " occurred_at, correlation_id, body) SELECT '{}', gen_random_uuid(), 'TestEvent', 'people.events',"
        " 'test.v1', '{}', now(), repeat('c', CASE n WHEN 1 THEN 300 ELSE 1 END), '{{}}'"
        " FROM generate_series(1, 2) n ORDER BY n",
        demo_tenant, key));
  }
  std::int64_t rows(const std::string& table, const std::string& where = "true") {
    return number_of(
        d.server.db(),
        fmt::format("SELECT count(*) FROM messaging.{} WHERE entity_key = '{}' AND {}", table, key, where));
  }
  bool waits(std::int64_t letters) {
    return becomes_true(patience, [&] {
      return rows("outbox_held") == 2 && rows("dead_letter") == letters && rows("outbox") == 0;
    });
  }
  /// The open letter, as listed.
  boost::json::value letter() {
    auto listed = json_of(who->http.get(
        fmt::format("{}?queue=outbox&reason=UNPUBLISHABLE&state=OPEN&pageSize=100", letters_path)));
    for (const auto& item : listed.at("items").as_array())
      if (text_at(item, "/entityKey") == key)
        return item;
    return {};
  }

  desk d;
  std::unique_ptr<visitor> who = d.server.signed_in("demo.operator");
  std::string key = to_string(uuid::generate());
};

}  // namespace

TEST_CASE("dead letters of the outbox: they are listed and shown, a retry is an attempt, a discard lets go") {
  unpublishable_key blocked;
  REQUIRE(blocked.waits(1));
  auto listed = blocked.letter();
  CHECK(text_at(listed, "/retryable") == "true");
  auto first = text_at(listed, "/deadLetterId");
  auto shown = json_of(blocked.who->http.get(fmt::format("{}/{}", letters_path, first)));
  CHECK(text_at(shown, "/eventType") == "TestEvent");
  CHECK(text_at(shown, "/headers/exchange") == "people.events");

  auto retried = retry(*blocked.who, first);
  REQUIRE_MESSAGE(retried.status == 200, retried.body);
  CHECK(text_at(retried, "/state") == "RETRIED");
  // It still cannot be published.
  REQUIRE(blocked.waits(2));
  auto second = text_at(blocked.letter(), "/deadLetterId");
  CHECK(second != first);

  auto discarded = discard(*blocked.who, second);
  REQUIRE_MESSAGE(discarded.status == 200, discarded.body);
  CHECK(text_at(discarded, "/state") == "DISCARDED");
  // What waited behind it is published.
  CHECK(becomes_true(patience, [&] { return blocked.rows("outbox_held") + blocked.rows("outbox") == 0; }));
  CHECK(blocked.rows("dead_letter") == 2);
  CHECK(blocked.d.audit(first, "DEAD_LETTER_RETRIED").size() == 1);
  CHECK(blocked.d.audit(second, "DEAD_LETTER_DISCARDED").size() == 1);
  check_error(retry(*blocked.who, second), 409, "DEAD_LETTER_NOT_OPEN");
}

}  // namespace musterd::testing
