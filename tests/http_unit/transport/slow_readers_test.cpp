#include "http/transport/budgets/output_budget.hpp"
#include "loopback.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <thread>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t mib = 1024 * 1024;

/// A server with 64 MiB for large answers: 16 per network, 8 per user.
struct slowly_read : loopback {
  explicit slowly_read(http_settings settings = patient()) : loopback{std::move(settings)} {}

  static http_settings patient() {
    auto result = quick_settings();
    result.max_buffered_bytes = 64 * mib;
    result.write_timeout = 600s;
    result.longest_pause_when_scarce = 600s;
    return result;
  }

  std::size_t buffered() const { return server->now().buffered_bytes; }
  /// Answers the client's request with this many bytes.
  void answer_with(std::size_t bytes) {
    parked.take().respond({200, std::string(bytes, 'x'), "text/plain", {}, {}});
  }
  int status_of(raw_client& client, char user, std::size_t bytes) {
    client.send(get_as(user, "/later"));
    answer_with(bytes);
    return client.read().status;
  }
  /// Leaves all of it unread, except for what the kernel buffers.
  void hold(raw_client& client, char user, std::size_t bytes) {
    auto before = buffered();
    client.send(get_as(user, "/later"));
    answer_with(bytes);
    REQUIRE(in_time([&] { return buffered() > before + bytes / 2; }));
  }
  /// A change, which is always answered.
  void hold_more(raw_client& client, std::size_t bytes) {
    auto before = buffered();
    client.send(post("/later", "{}"));
    answer_with(bytes);
    REQUIRE(in_time([&] { return buffered() > before + bytes / 2; }));
  }
};

/// Reads a little now and then while it lives, so that no client counts as not reading.
class dawdler {
 public:
  explicit dawdler(std::deque<raw_client>& clients)
      : thread_{[this, &clients] {
          while (!over_) {
            for (auto& client : clients)
              client.take_some();
            std::this_thread::sleep_for(50ms);  // the slowness itself
          }
        }} {}
  ~dawdler() {
    over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("slow readers: a user at their share gets no further large answer, everybody else does") {
  slowly_read server;
  raw_client slow{server.port()}, again{server.port()}, colleague{server.port()};
  server.hold(slow, 'A', 7 * mib);
  again.send(get_as('A', "/later"));
  server.answer_with(5 * mib);
  auto refused = again.read();
  CHECK(refused.status == 503);
  CHECK(refused.header("Retry-After") == "1");
  CHECK(refused.body.find("BUSY") != std::string::npos);
  CHECK(server.status_of(again, 'A', 15 * 1024) == 200);
  CHECK(again.ask(get("/ping")).status == 200);
  CHECK(server.status_of(colleague, 'B', 5 * mib) == 200);
  CHECK(slow.read().body.size() == 7 * mib);
  CHECK(in_time([&] { return server.buffered() == 0; }));
  CHECK(server.status_of(again, 'A', 5 * mib) == 200);
}

TEST_CASE("slow readers: a change is answered whatever is held") {
  slowly_read server;
  raw_client slow{server.port()}, again{server.port()};
  server.hold(slow, 'A', 7 * mib);
  again.send("POST /later HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer goodA\r\nContent-Length: 0\r\n\r\n");
  server.answer_with(5 * mib);
  CHECK(again.read().status == 200);
}

TEST_CASE("slow readers: an address has a quarter of the room, whoever asks from there; a proxy all") {
  auto ask_beside_two = [](slowly_read& server, const char* from) {
    raw_client one{server.port()}, two{server.port()}, third{server.port(), from};
    server.hold(one, 'A', 7 * mib);
    server.hold(two, 'B', 7 * mib);
    return server.status_of(third, 'C', 5 * mib);
  };
  slowly_read direct;
  CHECK(ask_beside_two(direct, "127.0.0.1") == 503);
  CHECK(in_time([&] { return direct.buffered() == 0; }));
  CHECK(ask_beside_two(direct, "127.0.0.2") == 200);
  auto settings = slowly_read::patient();
  settings.trusted_proxies = {address_block::parse("127.0.0.1").value()};
  slowly_read behind_proxy{settings};
  CHECK(ask_beside_two(behind_proxy, "127.0.0.1") == 200);
}

TEST_CASE("slow readers: when they hold all of it others are still answered") {
  slowly_read server;
  std::deque<raw_client> slow;
  for (const auto* from : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"})
    server.hold_more(slow.emplace_back(server.port(), from), 30 * mib);
  {
    dawdler reads{slow};
    raw_client other{server.port()};
    CHECK(other.ask(get("/health/live")).status == 200);
    CHECK(other.ask(post("/echo", "{}")).status == 201);
    CHECK(server.status_of(other, 'Z', 5 * mib) == 503);
    CHECK(server.buffered() > 64 * mib);  // so not because they had been closed
  }
}

TEST_CASE("slow readers: where room is scarce an answer has to be taken in time for its size") {
  auto settings = slowly_read::patient();
  settings.patience_when_scarce = 1ms;
  settings.least_rate_when_scarce = 1024 * mib;
  slowly_read server{settings};
  std::deque<raw_client> slow;
  slow.emplace_back(server.port(), "127.0.0.2");
  slow.emplace_back(server.port(), "127.0.0.3");
  server.hold_more(slow.front(), 20 * mib);
  dawdler reads{slow};
  raw_client other{server.port()};
  for (int i = 0; i < 20; ++i)
    CHECK(other.ask(get("/ping")).status == 200);
  CHECK(server.server->now().connections == 3);  // the room is not needed
  slow.back().send(post("/later", "{}"));
  server.answer_with(40 * mib);
  CHECK(in_time([&] { return server.server->now().connections == 1 && server.buffered() == 0; }));
}

TEST_CASE("slow readers: what is sent is not counted any more") {
  slowly_read server;
  raw_client client{server.port()};
  server.hold(client, 'A', 32 * mib);
  std::size_t taken = 0;
  auto take_until = [&](std::size_t all) {
    return in_time([&] {
      taken += client.take_some();
      return taken >= all;
    });
  };
  // The rest is still unread, and stays so.
  REQUIRE(take_until(17 * mib));
  CHECK(in_time([&] { return server.buffered() < 17 * mib; }));
  REQUIRE(take_until(25 * mib));
  CHECK(in_time([&] { return server.buffered() < 9 * mib; }));
  CHECK(taken < 32 * mib);
}

TEST_CASE("slow readers: small answers that nobody reads have their bound, too") {
  auto settings = quick_settings();
  settings.max_buffered_bytes = mib;
  loopback server{settings};
  std::string many;
  for (int i = 0; i < 200; ++i)
    many += get("/small");
  std::size_t most = 0;
  auto has_been_full = [&] {
    most = std::max(most, server.server->now().buffered_bytes);
    return most > mib / 4;
  };
  std::deque<raw_client> silent;
  for (int i = 0; i < 60; ++i) {
    silent.emplace_back(server.port()).send(many);
    has_been_full();
  }
  CHECK(in_time(has_been_full));
  CHECK(raw_client{server.port()}.ask(get("/ping")).status == 200);  // once some of them have been closed
  has_been_full();
  CHECK(most < mib / 4 + 32 * 1024);
}

TEST_CASE("output budget: shares of users and networks, and one answer for who holds none") {
  constexpr std::size_t kib = 1024;
  output_budget budget{6400 * kib};
  output_budget::holder ann{"10.0.0.1", 1}, bob{"10.0.0.1", 2}, eve{"10.0.0.2", 3};
  CHECK(budget.take(ann, 500 * kib));
  CHECK_FALSE(budget.take(ann, 301 * kib));
  CHECK(budget.take(ann, 300 * kib));
  CHECK(budget.take(bob, 800 * kib));
  CHECK_FALSE(budget.take(bob, 17 * kib));
  CHECK_FALSE(budget.take({"10.0.0.1", 4}, 17 * kib));
  CHECK(budget.take({"", 4}, 17 * kib));
  CHECK(budget.take(eve, 5000 * kib));  // over its share and over what is left: it holds none
  CHECK(budget.is_scarce());
  CHECK_FALSE(budget.take(eve, 17 * kib));
  CHECK(budget.take({"10.0.0.3", 5}, 1200 * kib));
  CHECK_FALSE(budget.take({"10.0.0.4", 6}, 1200 * kib));
  CHECK_FALSE(budget.is_full());
  budget.change(ann, 800 * kib, 0);
  budget.change(bob, 800 * kib, 10 * kib);
  CHECK(budget.take(bob, 800 * kib));
  CHECK(budget.total() == (17 + 5000 + 1200 + 10 + 800) * kib);
}

TEST_CASE("output budget: small answers have room of their own, and an enormous one all when it is free") {
  constexpr std::size_t kib = 1024;
  output_budget budget{640 * kib};
  output_budget::holder ann{"10.0.0.1", 1};
  CHECK(budget.take(ann, 9000 * kib));
  CHECK_FALSE(budget.is_full());
  for (int i = 0; i < 10; ++i)
    budget.change(ann, 0, 16 * kib);
  CHECK_FALSE(budget.is_full());
  budget.change(ann, 0, 1);
  CHECK(budget.is_full());
  budget.change(ann, 9000 * kib, 0);
  CHECK(budget.is_scarce());
  budget.change(ann, 16 * kib, 0);
  CHECK_FALSE(budget.is_full());
  CHECK_FALSE(budget.is_scarce());
}
