#include "tests/amqp/numbered_events.hpp"

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("relay: publishes with all properties, in order per key, and deletes what is confirmed [D-77]") {
  world w;
  auto queue = w.collecting_queue();
  auto sent = events(w, 200, some_keys(7));
  sent[0].traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  w.write(sent);
  running<outbox_relay> relay{w.relaying(), w.stats};
  auto got = w.take(queue, 200);
  REQUIRE(got.size() == 200);
  CHECK(in_order(effects(got), 200));
  auto first = std::find_if(got.begin(), got.end(), [](const auto& d) { return number_in(d) == 0; });
  CHECK(first->message_id == to_string(sent[0].event_id));
  CHECK(first->type == "Counted");
  CHECK(first->correlation_id == "correlation-0");
  CHECK(first->content_type == "application/json");
  CHECK(first->headers.at("tenant").as_string() == to_string(w.tenant));
  CHECK(first->headers.at("traceparent").as_string() == *sent[0].traceparent);
  CHECK(first->body == sent[0].body);
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  CHECK(w.stats.confirmed == 200);
  CHECK(eventually([&] { return w.stats.outbox_depth == 0 && w.stats.outbox_lag_ms == 0; }));
}

TEST_CASE("relay: notify is quicker than the poll") {
  world w;
  auto queue = w.collecting_queue();
  auto options = w.relaying();
  options.poll = 20s;
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
  w.write(events(w, 1, some_keys(1)));
  auto begin = std::chrono::steady_clock::now();
  relay->notify();
  CHECK(w.take(queue, 1).size() == 1);
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("relay: one key with more rows than the window holds back keeps its order, others pass it") {
  world w;
  auto queue = w.collecting_queue();
  auto hot = uuid::generate(), other = uuid::generate();
  auto sent = events(w, 400, {hot});
  sent.push_back(w.event(1000, other));
  w.write(sent);
  auto options = w.relaying();
  options.most_loaded = 256;
  options.read_limit = 64;
  options.poll = 10min;  // no help from the periodic search of everything
  running<outbox_relay> relay{options, w.stats};
  auto got = w.take(queue, 401);
  REQUIRE(got.size() == 401);
  CHECK(in_order(effects(got), 401));
  auto passed = std::find_if(got.begin(), got.end(), [](const auto& d) { return number_in(d) == 1000; });
  CHECK(passed - got.begin() < 200);
}

TEST_CASE("relay: a full queue stops nobody but its own, and once there is room all of it goes, in order") {
  world w;
  auto full = w.exchange() + ".full", other = w.exchange() + ".other";
  w.broker().declare_exchange(1, other, "topic");
  w.broker().declare_queue(1, full, {{"x-max-length", std::int64_t{0}}, {"x-overflow", "reject-publish"}});
  w.broker().bind_queue(1, full, w.exchange(), "#");
  auto elsewhere = full + ".elsewhere";
  w.broker().declare_queue(1, elsewhere, {});
  w.broker().bind_queue(1, elsewhere, other, "#");
  // Three rows per key of the full queue, more than memory holds; behind them the other queue's, one of which
  // may not overtake an earlier row of its key.
  auto keys = some_keys(200);
  w.write(events(w, 600, keys));
  auto later = events(w, 100, some_keys(50));
  later.insert(later.begin(), w.event(1000, keys[0]));
  for (auto& event : later)
    event.exchange = other;
  w.write(later);
  auto options = w.relaying();
  options.most_loaded = 128;
  options.read_limit = 32;
  running<outbox_relay> relay{options, w.stats};
  auto got = w.take(elsewhere, 100);
  REQUIRE(got.size() == 100);
  CHECK(in_order(effects(got), 100));
  CHECK(std::none_of(got.begin(), got.end(), [](const auto& d) { return number_in(d) == 1000; }));
  CHECK(w.stats.nacked > 0);
  CHECK(w.number("SELECT count(*) FROM messaging.outbox") >= 601);
  CHECK(w.stats.relay_reconnects == 0);

  auto roomy = w.collecting_queue();
  w.broker().delete_queue(1, full);
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  // Refused rows came here, too, once this queue existed: several times, which an inbox tolerates.
  CHECK(in_order(effects(w.take(roomy, w.depth(roomy))), 600));
  auto last = w.take(elsewhere, 1);
  REQUIRE(last.size() == 1);
  CHECK(number_in(last[0]) == 1000);
  w.broker().delete_queue(1, elsewhere);
  w.broker().delete_exchange(1, other);
}

TEST_CASE(
    "relay: what a full queue refused is found again wherever its rows are, before later ones of its keys") {
  world w;
  auto [full, open] = w.full_and_open_queue();
  auto keys = some_keys(100);
  int number = 0;
  auto write = [&](int count, const std::vector<uuid>& of, const std::string& routing_key) {
    std::vector<outgoing_event> batch;
    for (int i = 0; i < count; ++i, ++number) {
      batch.push_back(w.event(number, of[static_cast<std::size_t>(number) % of.size()]));
      batch.back().routing_key = routing_key;
    }
    w.write(batch);
  };
  auto options = w.relaying();
  options.poll = 10min;  // no help from the periodic search of everything
  options.read_limit = 32;
  write(300, keys, "full");
  running<outbox_relay> relay{options, w.stats};
  REQUIRE(eventually([&] { return w.stats.nacked > 0; }));
  write(50, some_keys(50), "open");
  relay->notify();
  REQUIRE(w.take(open, 50).size() == 50);
  w.number("SELECT setval(pg_get_serial_sequence('messaging.outbox', 'seq'), 1000000)");
  write(100, keys, "full");
  write(50, some_keys(50), "open");
  relay->notify();
  REQUIRE(w.take(open, 50).size() == 50);
  CHECK(w.number("SELECT count(*) FROM messaging.outbox") >= 400);

  auto roomy = full + ".roomy";
  w.broker().declare_queue(1, roomy, {});
  w.broker().bind_queue(1, roomy, w.exchange(), "full");
  w.broker().delete_queue(1, full);
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  CHECK(in_order(effects(w.take(roomy, w.depth(roomy))), 400));
  CHECK(w.stats.relay_reconnects == 0);
  for (const auto& queue : {open, roomy})
    w.broker().delete_queue(1, queue);
}

TEST_CASE("relay: an exchange nobody declared does not stop the others") {
  world w;
  auto queue = w.collecting_queue();
  auto sent = events(w, 2, some_keys(2));
  sent[0].exchange = w.exchange() + ".unknown";
  w.write(sent);
  running<outbox_relay> relay{w.relaying(), w.stats};
  CHECK(w.take(queue, 1).size() == 1);
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  w.broker().delete_exchange(1, sent[0].exchange);
}

TEST_CASE(
    "relay: a row that somebody has locked keeps no other from being published, and goes when it is free") {
  world w;
  auto queue = w.collecting_queue();
  auto key = uuid::generate();
  w.write({w.event(1, key)});
  pqxx::connection another{w.database_url()};
  {
    pqxx::work operators{another};
    operators.exec("SELECT FROM messaging.outbox FOR UPDATE");
    running<outbox_relay> relay{w.relaying(), w.stats};
    REQUIRE(w.take(queue, 1).size() == 1);
    w.write({w.event(2, key), w.event(3, uuid::generate())});
    CHECK(w.take(queue, 2).size() == 2);
    CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 1; }));
    operators.abort();
    CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  }
  CHECK(w.stats.published == 3);
}
