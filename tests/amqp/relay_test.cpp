#include "tests/amqp/world.hpp"
#include "tests/support/network/cut_proxy.hpp"

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace musterd;
using namespace musterd::testing;

namespace {

int number_in(const amqp_delivery& delivery) {
  auto at = delivery.body.find("\"number\":");
  return std::stoi(delivery.body.substr(at + 9));
}

/// The first delivery of each message, per key: what a consumer with an inbox makes of it.
std::map<std::string, std::vector<int>> effects(const std::vector<amqp_delivery>& deliveries) {
  std::map<std::string, std::vector<int>> result;
  std::set<std::string> seen;
  for (const auto& delivery : deliveries)
    if (seen.insert(delivery.message_id).second)
      result[std::string{delivery.headers.at("key").as_string()}].push_back(number_in(delivery));
  return result;
}

std::vector<outgoing_event> events(const world& w, int count, const std::vector<uuid>& keys) {
  std::vector<outgoing_event> result;
  for (int i = 0; i < count; ++i)
    result.push_back(w.event(i, keys[static_cast<std::size_t>(i) % keys.size()]));
  return result;
}

bool in_order(const std::map<std::string, std::vector<int>>& effects, std::size_t count) {
  std::size_t total = 0;
  for (const auto& [key, numbers] : effects) {
    total += numbers.size();
    if (!std::is_sorted(numbers.begin(), numbers.end()))
      return false;
  }
  return total == count;
}

std::vector<uuid> some_keys(int count) {
  std::vector<uuid> keys;
  for (int i = 0; i < count; ++i)
    keys.push_back(uuid::generate());
  return keys;
}

std::string through(const cut_proxy& proxy, const std::string& url) {
  auto host_at = url.find('@') + 1;
  auto path_at = url.find('/', host_at);
  return fmt::format("{}127.0.0.1:{}{}", url.substr(0, host_at), proxy.port(),
                     path_at == std::string::npos ? "" : url.substr(path_at));
}

int broker_port() {
  auto url = world::broker_url();
  auto colon = url.find(':', url.find('@'));
  return colon == std::string::npos ? 5672 : std::stoi(url.substr(colon + 1));
}

}  // namespace

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

TEST_CASE("relay: survives cut connections to the broker; nothing is lost, order is kept") {
  world w;
  auto queue = w.collecting_queue();
  cut_proxy proxy{"127.0.0.1", broker_port()};
  auto options = w.relaying();
  options.broker.url = through(proxy, world::broker_url());
  running<outbox_relay> relay{options, w.stats};
  auto keys = some_keys(20);
  int number = 0;
  for (int round = 1; round <= 4; ++round) {
    std::vector<outgoing_event> sent;
    for (int i = 0; i < 500; ++i, ++number)
      sent.push_back(w.event(number, keys[static_cast<std::size_t>(number) % keys.size()]));
    auto before = w.stats.confirmed.load();
    w.write(sent);
    relay->notify();
    REQUIRE(eventually([&] { return w.stats.confirmed > before; }));
    proxy.cut();
    CHECK(eventually([&] { return !w.stats.broker_up.load(); }));
    CHECK(eventually(
        [&] { return w.stats.outbox_depth > 0 || w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
    proxy.mend();
    REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
  }
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  CHECK(in_order(effects(w.take(queue, w.depth(queue))), 2000));
  CHECK(w.stats.relay_reconnects >= 4);
}

TEST_CASE("relay: survives lost database sessions") {
  world w;
  auto queue = w.collecting_queue();
  running<outbox_relay> relay{w.relaying(), w.stats};
  auto keys = some_keys(5);
  for (int round = 0; round < 3; ++round) {
    REQUIRE(eventually([&] { return w.stats.relay_leads.load(); }));
    w.number("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = "
             "'musterd relay'"
             " AND datname = current_database()");
    std::vector<outgoing_event> sent;
    for (int i = 0; i < 100; ++i)
      sent.push_back(w.event(100 * round + i, keys[static_cast<std::size_t>(i) % keys.size()]));
    w.write(sent);
    REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  }
  CHECK(in_order(effects(w.take(queue, w.depth(queue))), 300));
}

TEST_CASE("relay: of two on one database one works, and the other takes over") {
  world w;
  auto queue = w.collecting_queue();
  messaging_stats other;
  std::optional<running<outbox_relay>> second;
  second.emplace(w.relaying(), other);
  REQUIRE(eventually([&] { return other.relay_leads.load(); }));
  running<outbox_relay> first{w.relaying(), w.stats};
  w.write(events(w, 50, some_keys(5)));
  CHECK(w.take(queue, 50).size() == 50);
  CHECK_FALSE(w.stats.relay_leads.load());
  CHECK(w.stats.published == 0);
  SUBCASE("at once when it is stopped") {
    second.reset();
    CHECK(eventually([&] { return w.stats.relay_leads.load(); }, 2s));
  }
  SUBCASE("when somebody ends its lease, and soon it knows") {
    pqxx::nontransaction{w.db()}.exec(
        "UPDATE cluster.lease SET holder = NULL, until = now() WHERE role = 'relay'");
    CHECK(eventually([&] { return w.stats.relay_leads && !other.relay_leads; }));
  }
  w.write(events(w, 50, some_keys(5)));
  CHECK(w.take(queue, 50).size() == 50);
  CHECK(w.stats.published >= 50);
}

TEST_CASE(
    "relay: killed between publish and delete, it publishes again and the consumer's effect is there once") {
  world w;
  recorder handler{w};
  auto spec = w.spec();
  w.write(events(w, 300, some_keys(300)));
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto options = w.relaying();
    lease_keeper own{w.database_url()};
    options.leases = &own;
    options.confirmed = [](std::chrono::microseconds) { ::kill(::getpid(), SIGKILL); };
    messaging_stats stats;
    outbox_relay{options, stats}.run(std::stop_token{});
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(w.number("SELECT count(*) FROM messaging.outbox") == 300);
  running<outbox_relay> relay{w.relaying(), w.stats};
  running<consumer> consumer{w.consuming(), spec, handler, w.stats};
  REQUIRE(eventually([&] { return w.number("SELECT count(*) FROM messaging.outbox") == 0; }));
  REQUIRE(eventually([&] { return w.stats.consumed == 300 && w.stats.duplicates > 0; }));
  CHECK(w.number("SELECT count(DISTINCT number) FROM effect") == 300);
  CHECK(w.number("SELECT count(*) FROM effect") == 300);
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

TEST_CASE("relay: while the broker is away, new rows do not cut the backoff short, and depth and lag show") {
  world w;
  cut_proxy proxy{"127.0.0.1", broker_port()};
  auto options = w.relaying();
  options.broker.url = through(proxy, world::broker_url());
  proxy.cut();
  running<outbox_relay> relay{options, w.stats};
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    w.write(events(w, 1, some_keys(1)));
    relay->notify();
  }
  REQUIRE(eventually([&] { return w.stats.outbox_depth == 100 && w.stats.outbox_lag_ms > 0; }));
  auto waited = std::chrono::steady_clock::now() - begin;
  // Backoff of at least 50, 100, 200, ... ms.
  CHECK(w.stats.relay_reconnects <= static_cast<std::uint64_t>(3 + waited / 100ms));
  proxy.mend();
  CHECK(eventually([&] { return w.stats.confirmed == 100; }));
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

TEST_CASE("relay: a second thread on the same object waits until the first is done") {
  world w;
  auto queue = w.collecting_queue();
  outbox_relay shared{w.relaying(), w.stats};
  auto run = [&](const std::stop_token& stop) { shared.run(stop); };
  std::jthread first{run};
  REQUIRE(eventually([&] { return w.stats.broker_up.load(); }));
  std::jthread second{run};
  w.write(events(w, 50, some_keys(5)));
  CHECK(w.take(queue, 50).size() == 50);
  CHECK(w.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
                 " application_name = 'musterd relay'") == 1);
  first.request_stop();
  first.join();
  w.write(events(w, 50, some_keys(5)));
  CHECK(w.take(queue, 50).size() == 50);
}

TEST_CASE("relay: a stop finishes what is on its way") {
  world w;
  auto queue = w.collecting_queue();
  w.write(events(w, 3000, some_keys(3000)));
  {
    running<outbox_relay> relay{w.relaying(), w.stats};
    REQUIRE(eventually([&] { return w.stats.published > 0; }));
  }
  CHECK(w.stats.published == w.stats.confirmed);
  auto left = w.number("SELECT count(*) FROM messaging.outbox");
  CHECK(left == 3000 - static_cast<std::int64_t>(w.stats.confirmed));
  CHECK(w.take(queue, w.stats.confirmed).size() == w.stats.confirmed);
}
