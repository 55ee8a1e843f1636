#include "tests/amqp/numbered_events.hpp"
#include "tests/support/network/cut_proxy.hpp"

#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

/// Events that no broker takes: set aside, decided about, and in nobody else's way.
namespace {

std::vector<int> numbers_in(const std::vector<amqp_delivery>& deliveries) {
  std::vector<int> result;
  for (const auto& delivery : deliveries)
    result.push_back(number_in(delivery));
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<int> numbers(int from, int to) {
  std::vector<int> result;
  for (int i = from; i <= to; ++i)
    result.push_back(i);
  return result;
}

/// An outbox whose first row, 100, cannot be published: 1 to 20 have keys of their own, 101 and 102 share the
/// key of 100.
struct poisoned {
  explicit poisoned(const std::function<void(outgoing_event&)>& poison) {
    auto event = w.event(100, key);
    poison(event);
    std::vector<outgoing_event> all{event};
    for (int i = 1; i <= 20; ++i)
      all.push_back(w.event(i, uuid::generate()));
    all.push_back(w.event(101, key));
    all.push_back(w.event(102, key));
    w.write(all);
  }
  bool outbox_empties() {
    return eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; });
  }
  uuid letter() {
    return uuid::parse(w.text("SELECT id FROM messaging.dead_letter WHERE state = 'OPEN' AND consumer = "
                              "'outbox_relay' AND queue = 'outbox' AND reason = 'UNPUBLISHABLE'"))
        .value();
  }
  std::int64_t held() { return w.number("SELECT count(*) FROM messaging.outbox_held"); }

  world w;
  uuid key = uuid::generate();
  std::string queue = w.collecting_queue();
};

std::uint64_t set_aside(const world& w) {
  return w.stats.dead_lettered[static_cast<std::size_t>(dead_reason::unpublishable)];
}

}  // namespace

TEST_CASE("outbox dead letters: what AMQP cannot carry is set aside at once, the other keys' events arrive") {
  std::function<void(outgoing_event&)> poison;
  auto max_body = relay_options{}.max_body;
  SUBCASE("a correlation id of 300 characters") {
    poison = [](auto& e) { e.correlation_id = std::string(300, 'c'); };
  }
  SUBCASE("an event type of 300 characters") {
    poison = [](auto& e) { e.event_type = std::string(300, 't'); };
  }
  SUBCASE("a routing key of 300 characters") {
    poison = [](auto& e) { e.routing_key = std::string(300, 'k'); };
  }
  SUBCASE("an exchange of 300 characters") {
    poison = [](auto& e) { e.exchange = std::string(300, 'x'); };
  }
  SUBCASE("headers that are longer than a frame") {
    poison = [](auto& e) { e.traceparent = std::string(200'000, '0'); };
  }
  SUBCASE("an exchange that may not be declared") {
    poison = [](auto& e) { e.exchange = "amq.nobody_may"; };
  }
  SUBCASE("a body that is too long") {
    max_body = 10'000;
    poison = [](auto& e) { e.body.append(10'000, ' '); };
  }
  poisoned p{poison};
  auto options = p.w.relaying();
  options.max_body = max_body;
  running<outbox_relay> relay{options, p.w.stats};
  CHECK(numbers_in(p.w.take(p.queue, 20)) == numbers(1, 20));
  REQUIRE(p.outbox_empties());
  CHECK(set_aside(p.w) == 1);
  CHECK(p.w.stats.relay_reconnects == 0);
  CHECK(p.held() == 3);
  CHECK(p.w.depth(p.queue) == 0);
  CHECK(p.w.number(fmt::format("SELECT count(*) FROM messaging.alert WHERE severity = 'CRITICAL' AND"
                               " details ->> 'deadLetterId' = '{}' AND length(correlation_id) <= 128",
                               to_string(p.letter()))) == 1);
  REQUIRE(p.w.decide(p.letter(), "DISCARD") == "ok");
  auto later = p.w.take(p.queue, 2);
  REQUIRE(later.size() == 2);
  CHECK(number_in(later[0]) == 101);
  CHECK(number_in(later[1]) == 102);
  CHECK(p.held() == 0);
}

TEST_CASE(
    "outbox dead letters: a row that the broker answers by closing the channel is found and set aside") {
  // An internal exchange exists, but nobody may publish to it.
  poisoned p{[](outgoing_event& e) { e.exchange = "amq.rabbitmq.trace"; }};
  running<outbox_relay> relay{p.w.relaying(), p.w.stats};
  CHECK(numbers_in(p.w.take(p.queue, 20)) == numbers(1, 20));
  REQUIRE(p.outbox_empties());
  CHECK(set_aside(p.w) == 1);
  CHECK(p.held() == 3);
  CHECK(p.w.stats.relay_reconnects <= 3);
  auto before = p.w.stats.relay_reconnects.load();
  p.w.write({p.w.event(21, uuid::generate()), p.w.event(103, p.key)});
  CHECK(numbers_in(p.w.take(p.queue, 1)) == numbers(21, 21));
  REQUIRE(p.outbox_empties());
  CHECK(p.held() == 4);
  CHECK(p.w.stats.relay_reconnects == before);
}

TEST_CASE("outbox dead letters: an exchange over which the channel is closed each time stops nobody else") {
  world w;
  auto queue = w.collecting_queue();
  auto poison = [&] {
    auto event = w.event(1000, uuid::generate());
    event.exchange = "amq.rabbitmq.trace";
    return event;
  };
  std::vector<outgoing_event> all;
  for (int i = 0; i < 30; ++i)
    all.push_back(poison());
  for (int i = 1; i <= 20; ++i)
    all.push_back(w.event(i, uuid::generate()));
  w.write(all);
  {
    running<outbox_relay> relay{w.relaying(), w.stats};
    REQUIRE(numbers_in(w.take(queue, 20)) == numbers(1, 20));
    for (int i = 21; i <= 40; ++i) {
      w.write({poison(), w.event(i, uuid::generate())});
      relay->notify();
      REQUIRE(numbers_in(w.take(queue, 1)) == numbers(i, i));
    }
    CHECK(eventually([&, had = set_aside(w)] { return set_aside(w) > had; }));
  }
  // Three until the first was found, then one each, and perhaps one whose letter is not yet written.
  CHECK(w.stats.relay_reconnects <= set_aside(w) + 3);
}

TEST_CASE("outbox dead letters: so is one that costs the connection each time; events of that time arrive") {
  poisoned p{[](outgoing_event& e) { e.body += " deadly to connections"; }};
  auto url = world::broker_url();
  auto host_at = url.find('@') + 1, colon = url.find(':', host_at), path_at = url.find('/', host_at);
  cut_proxy proxy{"127.0.0.1", std::stoi(url.substr(colon + 1))};
  proxy.cut_at("deadly to connections");
  auto options = p.w.relaying();
  options.broker.url =
      fmt::format("{}127.0.0.1:{}{}", url.substr(0, host_at), proxy.port(), url.substr(path_at));
  running<outbox_relay> relay{options, p.w.stats};
  auto begin = std::chrono::steady_clock::now();
  REQUIRE(eventually([&] { return set_aside(p.w) == 1; }));
  // Six connections were lost. Only a confirm would have reset the backoff of at least 50, 100, 200, ... ms.
  CHECK(std::chrono::steady_clock::now() - begin > 3s);
  REQUIRE(p.outbox_empties());
  CHECK(p.held() == 3);
  CHECK(p.w.stats.relay_reconnects <= 8);
  std::set<int> arrived;
  while (arrived.size() < 20) {  // some come twice
    auto next = p.w.take(p.queue, 1);
    REQUIRE(next.size() == 1);
    arrived.insert(number_in(next[0]));
  }
  CHECK(std::vector<int>(arrived.begin(), arrived.end()) == numbers(1, 20));
}

TEST_CASE(
    "outbox dead letters: a retry goes before what waited behind it; what fails again is a new letter") {
  poisoned p{[](outgoing_event& e) { e.body.append(10'000, ' '); }};
  auto options = p.w.relaying();
  options.max_body = 10'000;
  {
    running<outbox_relay> relay{options, p.w.stats};
    REQUIRE(p.outbox_empties());
    REQUIRE(p.w.decide(p.letter(), "RETRY") == "ok");
    REQUIRE(eventually([&] { return set_aside(p.w) == 2; }));
    REQUIRE(p.outbox_empties());
  }
  CHECK(p.w.text("SELECT string_agg(state, ' ' ORDER BY state) FROM messaging.dead_letter") ==
        "OPEN RETRIED");
  REQUIRE(p.w.take(p.queue, 20).size() == 20);
  REQUIRE(p.w.decide(p.letter(), "RETRY") == "ok");
  running<outbox_relay> relay{p.w.relaying(), p.w.stats};
  auto later = p.w.take(p.queue, 3);
  REQUIRE(later.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(number_in(later[i]) == 100 + static_cast<int>(i));
  CHECK(p.held() == 0);
}

TEST_CASE("outbox dead letters: what was held goes before a later event, however long ago it was written") {
  poisoned p{[](outgoing_event& e) { e.correlation_id = std::string(300, 'c'); }};
  auto options = p.w.relaying();
  options.poll = 10min;  // a poll looks everywhere
  SUBCASE("all of it is read at once") {}
  SUBCASE("it is read one by one") {
    options.read_limit = 1;
  }
  running<outbox_relay> relay{options, p.w.stats};
  REQUIRE(p.w.take(p.queue, 20).size() == 20);
  REQUIRE(p.outbox_empties());
  p.w.number("SELECT setval(pg_get_serial_sequence('messaging.outbox', 'seq'), 1000000)");
  p.w.write({p.w.event(21, uuid::generate()), p.w.event(22, uuid::generate())});
  relay->notify();
  REQUIRE(p.w.take(p.queue, 2).size() == 2);
  REQUIRE(p.outbox_empties());
  REQUIRE(p.w.decide(p.letter(), "DISCARD") == "ok");
  p.w.write({p.w.event(103, p.key)});
  relay->notify();
  auto later = p.w.take(p.queue, 3);
  REQUIRE(later.size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(number_in(later[i]) == 101 + static_cast<int>(i));
  CHECK(eventually([&] { return p.w.number("SELECT count(*) FROM messaging.outbox_returned") == 0; }));
}

TEST_CASE("outbox dead letters: what somebody has locked stays where it is, and keeps nobody waiting") {
  poisoned p{[](outgoing_event& e) { e.correlation_id = std::string(300, 'c'); }};
  std::string locked = "SELECT FROM messaging.outbox WHERE length(correlation_id) = 300 FOR UPDATE";
  std::vector<int> expected = numbers(1, 20);
  SUBCASE("the row that cannot be published") {}
  SUBCASE("what waits behind it") {
    locked = "SELECT FROM messaging.outbox ORDER BY seq DESC LIMIT 1 FOR UPDATE";
  }
  SUBCASE("the dead one, by whom decides about it") {
    messaging_stats stats;
    {
      running<outbox_relay> relay{p.w.relaying(), stats};
      REQUIRE(p.outbox_empties());
    }
    REQUIRE(p.w.take(p.queue, 20).size() == 20);
    p.w.write({p.w.event(103, p.key), p.w.event(21, uuid::generate())});
    locked = "SELECT FROM messaging.outbox_held WHERE dead_letter_id IS NOT NULL FOR UPDATE";
    expected = numbers(21, 21);
  }
  pqxx::connection another{p.w.database_url()};
  pqxx::work somebody{another};
  somebody.exec(locked);
  running<outbox_relay> relay{p.w.relaying(), p.w.stats};
  CHECK(numbers_in(p.w.take(p.queue, expected.size())) == expected);
  p.w.write({p.w.event(22, uuid::generate())});
  CHECK(numbers_in(p.w.take(p.queue, 1)) == numbers(22, 22));
  CHECK(p.w.number("SELECT count(*) FROM messaging.outbox") > 0);
  somebody.abort();
  CHECK(p.outbox_empties());
  CHECK(p.w.depth(p.queue) == 0);
  CHECK(p.held() >= 3);
}

TEST_CASE("outbox dead letters: the same key of another tenant does not wait") {
  poisoned p{[](outgoing_event& e) { e.correlation_id = std::string(300, 'c'); }};
  running<outbox_relay> relay{p.w.relaying(), p.w.stats};
  REQUIRE(p.w.take(p.queue, 20).size() == 20);
  p.w.tenant = tenant_uuid::generate();
  p.w.write({p.w.event(200, p.key)});
  CHECK(numbers_in(p.w.take(p.queue, 1)) == numbers(200, 200));
}

TEST_CASE("outbox dead letters: an alert that cannot be published raises no other") {
  poisoned p{[](outgoing_event& e) {
    e.exchange = "ops.alerts";
    e.correlation_id = std::string(300, 'c');
  }};
  running<outbox_relay> relay{p.w.relaying(), p.w.stats};
  REQUIRE(p.outbox_empties());
  CHECK(set_aside(p.w) == 1);
  CHECK(p.w.stats.alerts == 0);
  CHECK(p.w.number("SELECT count(*) FROM messaging.alert") == 0);
}

TEST_CASE("outbox dead letters: an inbound event with a correlation id of 300 characters stops nobody") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  auto bad = w.event(1, uuid::generate());
  auto at = bad.body.find("correlation-1");
  REQUIRE(at != std::string::npos);
  bad.body.replace(at, 13, std::string(300, 'c'));
  w.publish(bad);
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  running<outbox_relay> relay{w.relaying(), w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  CHECK(w.text("SELECT reason || ': ' || error FROM messaging.dead_letter") ==
        "MALFORMED: correlationId must have 1 to 128 printable ASCII characters.");
  w.write({w.event(2, uuid::generate())});
  CHECK(eventually([&] { return w.text("SELECT string_agg(number::text, ' ') FROM effect") == "2"; }));
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  CHECK(w.stats.relay_reconnects == 0);
  CHECK(w.stats.consumer_reconnects == 0);
}

TEST_CASE("outbox dead letters: other names that are too long or cannot be printed are malformed, too") {
  world w;
  recorder handler{w};
  auto body = [&](const std::string& field, const std::string& value) {
    std::map<std::string, std::string> fields{{"eventType", "T"}, {"producer", "p"}, {"correlationId", "c"}};
    fields[field] = value;
    return fmt::format(
        R"({{"eventId":"{}","eventType":"{}","occurredAt":"2026-11-02T10:00:00Z","producer":"{}",)"
        R"("tenantId":"{}","correlationId":"{}","payload":{{"number":1}}}})",
        to_string(uuid::generate()), fields["eventType"], fields["producer"], to_string(w.tenant),
        fields["correlationId"]);
  };
  running<consumer> consumer{w.consuming(), w.spec(), handler, w.stats};
  for (const auto* field : {"eventType", "producer", "correlationId"})
    for (const auto& value : {std::string(129, 'x'), std::string{"a\\nb"}, std::string{"\xc3\xa4"}})
      w.publish_raw(body(field, value));
  w.publish_raw(body("eventType", ""));
  w.publish_raw(body("eventType", std::string(128, 'x')));
  w.publish_raw(body("correlationId", ""));
  REQUIRE(eventually([&] { return w.stats.consumed == 2; }));
  CHECK(w.stats.dead_lettered[static_cast<std::size_t>(dead_reason::malformed)] == 10);
  CHECK(w.number("SELECT count(*) FROM messaging.alert WHERE correlation_id ~ '[^ -~]'") == 0);
}

TEST_CASE("outbox dead letters: headers as long as a frame stop no consumer") {
  world w;
  recorder handler{w};
  handler.fail(1);
  running<consumer> consumer{w.consuming(), w.spec({10ms}), handler, w.stats};
  auto event = w.event(1, uuid::generate());
  auto key = to_string(event.entity_key), parent = std::string(100'000, '0');
  amqp_header headers[] = {{"key", key}, {"traceparent", parent}};
  amqp_publication message;
  message.exchange = event.exchange;
  message.routing_key = event.routing_key;
  message.body = event.body;
  message.headers = headers;
  w.broker().publish(2, message);
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.dead_letter") == 1; }));
  CHECK(w.stats.consumer_reconnects == 0);
}
