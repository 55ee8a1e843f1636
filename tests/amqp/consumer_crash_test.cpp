#include "tests/amqp/consumed.hpp"
#include "tests/support/network/cut_proxy.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace musterd;
using namespace musterd::testing;

namespace {

/// Cuts the broker off during a handler: the consumer commits, but cannot acknowledge.
class cutting_recorder : public recorder {
 public:
  cutting_recorder(world& w, cut_proxy& proxy) : recorder{w}, proxy_{proxy} {}
  outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override {
    if (event.payload.text.find(":1}") != std::string::npos && armed_.exchange(false))
      proxy_.cut();
    return recorder::handle(tx, event);
  }
  void cut() { armed_ = true; }
  bool has_cut() const { return !armed_; }

 private:
  cut_proxy& proxy_;
  std::atomic<bool> armed_{false};
};

struct cut_world {
  cut_world() {
    auto url = world::broker_url();
    auto host_at = url.find('@') + 1;
    options.broker.url =
        fmt::format("{}127.0.0.1:{}{}", url.substr(0, host_at), proxy.port(),
                    url.find('/', host_at) == std::string::npos ? "" : url.substr(url.find('/', host_at)));
  }
  static int broker_port() {
    auto url = world::broker_url();
    auto colon = url.find(':', url.find('@'));
    return colon == std::string::npos ? 5672 : std::stoi(url.substr(colon + 1));
  }

  world w;
  cut_proxy proxy{"127.0.0.1", broker_port()};
  cutting_recorder handler{w, proxy};
  consumer_options options = w.consuming();
};

}  // namespace

TEST_CASE("consumer: cut off between commit and acknowledgement, it recognizes the second delivery") {
  cut_world c;
  auto& w = c.w;
  c.handler.cut();
  auto spec = w.spec();
  auto key = uuid::generate();
  for (int i = 1; i <= 3; ++i)
    w.publish(w.event(i, key));
  running<consumer> consumer{c.options, spec, c.handler, w.stats};
  REQUIRE(eventually([&] { return w.stats.consumer_reconnects > 0; }));
  c.proxy.mend();
  w.publish(w.event(4, key));
  CHECK(eventually([&] { return effects(w) == "1 2 3 4"; }));
  CHECK(w.stats.duplicates > 0);
}

TEST_CASE("consumer: cut off between the record of a failure and the retry queue, it fails again and loses "
          "nothing") {
  cut_world c;
  auto& w = c.w;
  auto spec = w.spec(std::vector<std::chrono::milliseconds>(12, 10ms));
  c.handler.fail(1);
  running<consumer> consumer{c.options, spec, c.handler, w.stats};
  auto key = uuid::generate();
  w.publish(w.event(1, key));
  w.publish(w.event(2, key));
  for (int round = 0; round < 3; ++round) {
    auto before = w.stats.consumer_reconnects.load();
    c.handler.cut();
    c.proxy.mend();
    REQUIRE(eventually([&] { return c.handler.has_cut() && w.stats.consumer_reconnects > before; }));
    CHECK(w.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'RETRYING'") == 1);
  }
  c.handler.heal(1);
  c.proxy.mend();
  REQUIRE(eventually([&] { return effects(w) == "1 2"; }));
  CHECK(eventually([&] { return w.number("SELECT count(*) FROM messaging.parked_message") == 0; }));
}

TEST_CASE(
    "consumer: cut off between the record of a failure and the retry queue, it takes no further attempt "
    "for that") {
  cut_world c;
  auto& w = c.w;
  auto spec = w.spec({60s, 60s});
  c.handler.fail(1);
  c.handler.cut();
  running<consumer> consumer{c.options, spec, c.handler, w.stats};
  w.publish(w.event(1, uuid::generate()));
  REQUIRE(eventually([&] { return c.handler.has_cut() && w.stats.consumer_reconnects > 0; }));
  auto calls = c.handler.calls();
  c.proxy.mend();
  REQUIRE(eventually([&] { return w.depth(retry_queue(spec, 1)) + w.depth(retry_queue(spec, 2)) == 1; }));
  CHECK(w.depth(retry_queue(spec, 1)) == 1);
  CHECK(w.number("SELECT attempts FROM messaging.parked_message") == 1);
  CHECK(c.handler.calls() == calls);
}

TEST_CASE("consumer: killed again and again in the middle of its work, each effect is there once") {
  struct suicidal final : recorder {
    using recorder::recorder;
    outcome<void> handle(pqxx::transaction_base& tx, const event_envelope& event) override {
      auto handled = recorder::handle(tx, event);
      if (calls() > 40)
        ::kill(::getpid(), SIGKILL);
      return handled;
    }
  };
  world w;
  suicidal handler{w};
  auto spec = w.spec();
  spec.prefetch = 16;
  auto key = uuid::generate();
  constexpr int count = 150;
  for (int i = 0; i < count; ++i)
    w.publish(w.event(i, key));
  int kills = 0;
  for (; w.number("SELECT count(*) FROM effect") < count && kills < 50; ++kills) {
    auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      messaging_stats stats;
      consumer{w.consuming(), spec, handler, stats}.run(std::stop_token{});
      ::_exit(0);
    }
    bool gone = false;
    CHECK(eventually([&] {
      gone = ::waitpid(child, nullptr, WNOHANG) == child;
      return gone || w.number("SELECT count(*) FROM effect") == count;
    }));
    if (gone)
      continue;
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  CHECK(kills > 1);
  CHECK(w.number("SELECT count(*) FROM effect") == count);
  CHECK(w.number("SELECT count(*) FROM (SELECT number < lag(number) OVER (ORDER BY nth) AS back FROM effect) "
                 "e WHERE back") == 0);
}
