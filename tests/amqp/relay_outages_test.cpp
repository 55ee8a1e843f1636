#include "tests/amqp/numbered_events.hpp"
#include "tests/support/network/cut_proxy.hpp"

#include <fmt/format.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace musterd;
using namespace musterd::testing;

/// What a relay works with ends, or the relay itself: nothing is lost, and order is kept.
namespace {

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
