#include "http/transport/tls/handshake_worker.hpp"
#include "http/transport/tls/tls_channel.hpp"
#include "loopback.hpp"
#include "tls_puppet.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <semaphore>
#include <thread>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

/// Counts a server's handshakes, and can hold one up.
struct watched_handshakes {
  watched_handshakes() {
    auto* context = shown.context().get();
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_info_callback(context, [](const SSL* ssl, int where, int) {
      auto& self = *static_cast<watched_handshakes*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      if (where == SSL_CB_ACCEPT_EXIT && SSL_version(ssl) == self.counted_version)
        ++self.attempts;
    });
    auto hear = [](SSL*, int*, void* arg) {
      auto& self = *static_cast<watched_handshakes*>(arg);
      if (++self.begun == self.held)
        (void)self.go.try_acquire_for(20s);
      return SSL_CLIENT_HELLO_SUCCESS;
    };
    SSL_CTX_set_client_hello_cb(context, hear, this);
  }

  http_settings settings() {
    auto result = quick_settings();
    result.tls = &shown;
    return result;
  }

  tls_certificate shown{test_authority().issue(), wall_clock_now()};
  /// OpenSSL's attempts to continue a handshake, or to read or write after it.
  std::atomic<int> attempts{0};
  std::atomic<int> counted_version{TLS1_3_VERSION};
  /// ClientHellos so far, and which one waits for `go`.
  std::atomic<int> begun{0}, held{0};
  std::binary_semaphore go{0};
};

std::string key_updates(tls_puppet& client, int count) {
  std::string wire;
  for (int i = 0; i < count; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(client.ssl());
    wire += client.said();
  }
  return wire;
}

std::string inside(tls_puppet& client, std::string_view text) {
  SSL_write(client.ssl(), text.data(), static_cast<int>(text.size()));
  return client.said();
}

/// Where the record that starts at `begin` ends.
std::size_t end_of_record(std::string_view wire, std::size_t begin = 0) {
  auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(wire[i])); };
  return begin + 5 + 256 * byte(begin + 3) + byte(begin + 4);
}

constexpr char alert_record = 21, data_record = 23;

bool has_record(std::string_view wire, char type) {
  for (std::size_t at = 0; at + 5 <= wire.size(); at = end_of_record(wire, at))
    if (wire[at] == type)
      return true;
  return false;
}

}  // namespace

TEST_CASE("tls flood: who changes keys without end is closed soon and counted, now and then is fine") {
  watched_handshakes watched;
  loopback server{watched.settings()};
  tls_puppet client{server.port(), {}};
  REQUIRE(client.shake_hands());
  client.send(key_updates(client, 10));
  client.send(inside(client, get("/ping")));
  CHECK(!client.receive().empty());
  CHECK(server.observer.handshake_floods == 0);
  auto before = watched.attempts.load();
  client.send(key_updates(client, 1000));
  CHECK(client.ends());
  CHECK(in_time([&] { return server.observer.handshake_floods == 1; }));
  CHECK(watched.attempts > before);
  CHECK(watched.attempts - before < 100);
}

TEST_CASE("tls flood: application data pays for changes of keys") {
  watched_handshakes watched;
  loopback server{watched.settings()};
  tls_puppet client{server.port(), {}};
  REQUIRE(client.shake_hands());
  for (int round = 0; round < 10; ++round) {
    client.send(key_updates(client, 10));
    client.send(inside(client, post("/echo", std::string(100'000, 'x'))));
    REQUIRE(!client.receive().empty());
  }
  CHECK(server.observer.statuses() == std::vector<int>(10, 201));
  CHECK(server.observer.handshake_floods == 0);
}

TEST_CASE("tls flood: a handshake in crumbs is broken off, before and after the first") {
  watched_handshakes watched;
  loopback server{watched.settings()};
  tls_puppet::wish crumbs{TLS1_2_VERSION, 60'000, 512};
  tls_puppet first{server.port(), crumbs};
  first.send(first.hello());
  CHECK(first.ends());
  CHECK(in_time([&] { return server.observer.handshakes_failed == 1; }));
  CHECK(watched.begun == 0);

  crumbs.record = 16 * 1024;
  tls_puppet second{server.port(), crumbs};
  REQUIRE(second.shake_hands());
  SSL_set_max_send_fragment(second.ssl(), 512);
  second.send(second.hello());
  CHECK(second.ends());
  CHECK(in_time([&] { return server.observer.handshake_floods == 1; }));
}

TEST_CASE("tls flood: nobody is let have another handshake on a connection that has had one") {
  watched_handshakes watched;
  loopback server{watched.settings()};
  tls_puppet client{server.port(), {TLS1_2_VERSION}};
  REQUIRE(client.shake_hands());
  CHECK(watched.begun == 1);
  client.send(client.hello());
  CHECK(client.receive().front() == alert_record);
  CHECK(watched.begun == 1);
}

TEST_CASE("tls flood: one call takes no more than its share of what a client has sent") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  tls_puppet client{{TLS1_3_VERSION, 60'000}};
  auto hello = client.hello();
  REQUIRE(::send(ends[0], hello.data(), hello.size(), 0) == static_cast<ssize_t>(hello.size()));
  tls_channel channel{loopback_certificate().context(), ends[1]};
  auto left = [&] {
    int count = 0;
    ::ioctl(ends[1], FIONREAD, &count);
    return count;
  };
  CHECK(channel.shake_hands().next == tls_channel::wants::to_read);
  CHECK(left() > 20'000);
  CHECK(channel.shake_hands().next == tls_channel::wants::to_read);
  CHECK(left() == 0);
  char answer = 0;
  CHECK(::recv(ends[0], &answer, 1, 0) == 1);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("tls flood: an answer that waits for the rest of a client's message costs nothing meanwhile") {
  watched_handshakes watched;
  watched.counted_version = TLS1_2_VERSION;
  auto settings = watched.settings();
  settings.request_timeout = 1000ms;  // for the handshake as well
  loopback server{settings};
  tls_puppet client{server.port(), {TLS1_2_VERSION, 800, 512}};
  REQUIRE(client.shake_hands());
  auto before = watched.attempts.load();
  auto request = inside(client, "POST /open HTTP/1.1\r\nHost: x\r\n");
  auto hello = client.hello();
  auto half = end_of_record(hello);
  REQUIRE(half < hello.size());
  client.send(request + hello.substr(0, half));
  REQUIRE(in_time([&] { return server.observer.statuses() == std::vector{408}; }));
  // One for reading the first half, another for writing the 408.
  REQUIRE(in_time([&] { return watched.attempts - before >= 2; }));
  speaking tls{true};
  raw_client other{server.port()};
  auto meanwhile = watched.attempts.load();
  for (int i = 0; i < 20; ++i)
    CHECK(other.ask(get("/ping")).status == 200);
  CHECK(watched.attempts == meanwhile);
  client.send(hello.substr(half));
  std::string heard;
  while (!has_record(heard, data_record)) {
    auto more = client.receive();
    REQUIRE(!more.empty());
    heard += more;
  }
}

TEST_CASE("tls flood: handshakes of connections that are closed meanwhile are not begun") {
  watched_handshakes watched;
  watched.held = 1;
  auto settings = watched.settings();
  settings.max_connections_per_address = 3;
  loopback server{settings};
  std::vector<std::unique_ptr<tls_puppet>> crowd;
  auto join = [&] {
    crowd.push_back(std::make_unique<tls_puppet>(server.port(), tls_puppet::wish{}));
    crowd.back()->send(crowd.back()->hello());
  };
  join();
  REQUIRE(in_time([&] { return watched.begun == 1; }));
  for (int i = 0; i < 10; ++i)
    join();
  REQUIRE(in_time([&] { return server.observer.handshakes_failed == 8; }));
  CHECK(server.server->now().connections == 3);
  watched.go.release();
  speaking tls{true};
  for (int i = 0; i < 2; ++i)
    CHECK(raw_client{server.port(), "127.0.0.2"}.ask(get("/ping")).status == 200);
  CHECK(in_time([&] { return watched.begun >= 1 + 3 + 2; }));
  CHECK(raw_client{server.port(), "127.0.0.2"}.ask(get("/ping")).status == 200);
  CHECK(watched.begun == 1 + 3 + 3);
}

TEST_CASE("tls flood: a server that ends does not begin handshakes that wait") {
  watched_handshakes watched;
  watched.held = 1;
  loopback server{watched.settings()};
  std::vector<std::unique_ptr<tls_puppet>> crowd;
  for (int i = 0; i < 5; ++i) {
    crowd.push_back(std::make_unique<tls_puppet>(server.port(), tls_puppet::wish{}));
    crowd.back()->send(crowd.back()->hello());
  }
  REQUIRE(in_time([&] { return watched.begun == 1 && server.server->now().connections == 5; }));
  std::jthread stopping{[&] { server.server->stop(0ms); }};
  REQUIRE(in_time([&] { return server.server->now().connections == 0; }));
  watched.go.release();
  stopping.join();
  CHECK(watched.begun == 1);
}

TEST_CASE("handshakes: networks take turns, and a step that is taken back is not run") {
  std::binary_semaphore go{0};
  std::atomic<bool> busy{false};
  std::string order;
  std::latch all{4};
  auto held = std::make_shared<int>();
  int whose[6] = {};
  {
    handshake_worker worker{0};
    worker.submit("a", &whose[0], [&] {
      busy = true;
      (void)go.try_acquire_for(20s);
    });
    REQUIRE(in_time([&] { return busy.load(); }));
    auto step = [&](char name) {
      return [&, name] {
        order += name;
        all.count_down();
      };
    };
    worker.submit("a", &whose[1], step('1'));
    worker.submit("a", &whose[2], [&, held] { order += std::to_string(*held); });
    worker.submit("a", &whose[3], step('2'));
    worker.submit("a", &whose[4], step('3'));
    worker.submit("b", &whose[5], step('b'));
    CHECK(worker.take_back("a", &whose[2]));
    CHECK(held.use_count() == 1);
    CHECK(!worker.take_back("a", &whose[2]));
    CHECK(!worker.take_back("a", &whose[0]));
    CHECK(!worker.take_back("c", &whose[0]));
    go.release();
    all.wait();
  }
  CHECK(order == "1b23");
}
