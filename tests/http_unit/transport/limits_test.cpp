#include "loopback.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <thread>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

TEST_CASE("limits: a sender that takes too long gets a 408, in the headers and in the body") {
  auto settings = quick_settings();
  settings.request_timeout = over_tls ? 500ms : 50ms;  // long enough for a handshake
  loopback server{settings};
  for (auto part : {"GET /pi", "GET /ping HTTP/1.1\r\nHost: x\r\n",
                    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"}) {
    raw_client client{server.port()};
    auto answer = client.ask(part);
    CHECK(answer.status == 408);
    CHECK(answer.header("Connection") == "close");
    CHECK(client.ends());
  }
}

TEST_CASE("limits: dripping bytes does not move the deadline") {
  auto settings = quick_settings();
  settings.request_timeout = 100ms;
  loopback server{settings};
  raw_client client{server.port()};
  client.send("GET /ping HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  for (int i = 0; i < 2000 && client.silent(); ++i) {
    client.send("a");
    std::this_thread::sleep_for(5ms);  // the drip itself
  }
  CHECK(client.read().status == 408);
}

TEST_CASE("limits: an idle connection is closed without a word") {
  auto settings = quick_settings();
  settings.idle_timeout = 300ms;
  loopback server{settings};
  raw_client fresh{server.port()}, used{server.port()};
  CHECK(used.ask(get("/ping")).status == 200);
  CHECK(fresh.ends());
  CHECK(used.ends());
}

TEST_CASE("limits: one connection too many is told to come back") {
  auto settings = quick_settings();
  settings.max_connections = 2;
  loopback server{settings};
  {
    raw_client first{server.port()}, second{server.port()};
    CHECK(first.ask(get("/ping")).status == 200);
    CHECK(second.ask(get("/ping")).status == 200);
    raw_client third{server.port()};
    if (!over_tls) {  // over TLS it is closed without a handshake
      auto answer = third.ask(get("/ping"));
      CHECK(answer.status == 503);
      CHECK(answer.header("Retry-After") == "1");
    }
    CHECK(third.ends());
    CHECK(server.observer.refused == 1);
    CHECK(first.ask(get("/ping")).status == 200);
  }
  auto until = std::chrono::steady_clock::now() + 20s;
  while (server.server->now().connections != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(raw_client{server.port()}.ask(get("/ping")).status == 200);
}

TEST_CASE("limits: one request too many in flight is BUSY, health is not, and the connection stays") {
  auto settings = quick_settings();
  settings.max_in_flight = 1;
  loopback server{settings};
  raw_client holder{server.port()}, other{server.port()};
  holder.send(post("/later", "{}"));
  auto call = server.parked.take();
  CHECK(server.server->now().in_flight == 1);
  auto busy = other.ask(post("/echo", "{}"));
  CHECK(busy.status == 503);
  CHECK(busy.header("Retry-After") == "1");
  CHECK(busy.body.find("BUSY") != std::string::npos);
  CHECK(other.ask(get("/health/live")).status == 200);
  call.respond(no_content());
  CHECK(holder.read().status == 204);
  CHECK(other.ask(post("/echo", "{}")).status == 201);
  CHECK(server.server->now().in_flight == 0);
}

TEST_CASE("limits: a handler that never answers is a 504, and its late answer is dropped [D-12]") {
  auto settings = quick_settings();
  settings.handling_timeout = 50ms;
  loopback server{settings};
  raw_client client{server.port()};
  auto answer = client.ask(post("/later", "{}"));
  CHECK(answer.status == 504);
  CHECK(answer.body.find("TIMEOUT") != std::string::npos);
  auto call = server.parked.take();
  CHECK(!call.respond.wanted());
  call.respond({200, "too late", "text/plain", {}, {}});
  CHECK(client.ask(get("/ping")).body == R"({"pong":true})");
}

TEST_CASE("limits: a client that does not take its answer is dropped") {
  auto settings = quick_settings();
  settings.write_timeout = 30ms;
  loopback server{settings};
  raw_client client{server.port()};
  client.send(post("/later", "{}"));
  server.parked.take().respond({200, std::string(16 * 1024 * 1024, 'x'), "text/plain", {}, {}});
  auto until = std::chrono::steady_clock::now() + 20s;
  while (server.server->now().connections != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(server.server->now().connections == 0);
}

TEST_CASE("limits: one address has its share of the connections, others have the rest") {
  auto settings = quick_settings();
  settings.max_connections_per_address = 2;
  loopback server{settings};
  raw_client first{server.port()}, second{server.port()};
  first.send(post("/later", "{}"));
  second.send(post("/later", "{}"));
  auto one = server.parked.take(), other = server.parked.take();
  raw_client third{server.port()};
  if (!over_tls)
    CHECK(third.ask(get("/ping")).status == 503);
  CHECK(third.ends());
  CHECK(raw_client{server.port(), "127.0.0.2"}.ask(get("/ping")).status == 200);
  settings.trusted_proxies = {address_block::parse("127.0.0.1").value()};
  loopback behind_proxy{settings};
  raw_client a{behind_proxy.port()}, b{behind_proxy.port()}, c{behind_proxy.port()};
  for (auto* client : {&a, &b, &c})
    CHECK(client->ask(get("/ping")).status == 200);
}

TEST_CASE("limits: at its share an address gets another connection for the one that waits longest unknown") {
  auto settings = quick_settings();
  settings.max_connections_per_address = 3;
  loopback server{settings};
  raw_client known{server.port()}, half{server.port()}, idle{server.port()};
  CHECK(known.ask(post("/echo", "{}")).status == 201);
  half.send("GET /pi");
  CHECK(idle.ask(get("/ping")).status == 200);
  raw_client colleague{server.port()}, another{server.port()};
  CHECK(colleague.ask(post("/echo", "{}")).status == 201);
  CHECK(another.ask(post("/echo", "{}")).status == 201);
  CHECK(half.ends());
  CHECK(idle.ends());
  CHECK(known.ask(post("/echo", "{}")).status == 201);
  CHECK(server.observer.refused == 0);
  raw_client last{server.port()};
  CHECK(last.ask(get("/ping")).status == 200);  // even a known client gives way when there is no other
}

TEST_CASE("limits: an idle connection that has shown no valid token is closed sooner") {
  auto settings = quick_settings();
  settings.stranger_idle_timeout = 1s;
  loopback server{settings};
  raw_client known{server.port()};
  CHECK(known.ask(post("/echo", "{}")).status == 201);
  raw_client refused{server.port()}, fresh{server.port()};
  CHECK(
      refused.ask("POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nContent-Length: 0\r\n\r\n").status ==
      401);
  CHECK(refused.ends());
  CHECK(fresh.ends());
  CHECK(known.ask(post("/echo", "{}")).status == 201);
  settings.trusted_proxies = {address_block::parse("127.0.0.1").value()};
  loopback behind_proxy{settings};
  raw_client proxy{behind_proxy.port()};
  CHECK(proxy.ask(get("/ping")).status == 200);
  raw_client stranger{behind_proxy.port(), "127.0.0.2"};
  CHECK(stranger.ends());
  CHECK(proxy.ask(get("/ping")).status == 200);
}

TEST_CASE("limits: an address has its share of the room for bodies, whatever token it shows") {
  auto settings = quick_settings();
  settings.max_body_bytes = 100'000;
  settings.max_buffered_body_bytes = 400'000;
  loopback server{settings};
  auto begun = "POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: x\r\nContent-Length: 90000\r\n\r\n" +
               std::string(80'000, ' ');
  std::deque<raw_client> senders;
  for (int i = 0; i < 2; ++i)
    senders.emplace_back(server.port()).send(begun);
  CHECK(in_time([&] { return server.observer.statuses() == std::vector{503}; }));
  auto whole = post("/echo", std::string(90'000, ' '));
  CHECK(raw_client{server.port(), "127.0.0.2"}.ask(whole).status == 201);
  CHECK(raw_client{server.port()}.ask(post("/echo", std::string(16'000, ' '))).status == 201);
  senders.clear();
  CHECK(in_time([&] { return raw_client{server.port()}.ask(whole).status == 201; }));
}

TEST_CASE("limits: a body has its room until it is answered") {
  auto settings = quick_settings();
  settings.max_body_bytes = settings.max_buffered_body_bytes = 100'000;
  loopback server{settings};
  raw_client first{server.port()}, second{server.port()};
  first.send(post("/later", std::string(90'000, ' ')));
  auto call = server.parked.take();
  CHECK(second.ask(post("/echo", std::string(90'000, ' '))).status == 503);
  call.respond(no_content());
  CHECK(first.read().status == 204);
  CHECK(first.ask(post("/echo", std::string(90'000, ' '))).status == 201);
}

TEST_CASE("limits: what a connection throws ends that one only, be it at its deadline or at its answer") {
  auto settings = quick_settings();
  settings.request_timeout = over_tls ? 500ms : 50ms;
  loopback server{settings};
  server.observer.throws_at = 408;
  raw_client late{server.port()};
  CHECK(late.send("GET /pi").ends());
  CHECK(raw_client{server.port()}.ask("GET /pi").status == 408);

  auto answer_next = [&] { server.parked.take().respond(no_content()); };
  server.observer.throws_at = 400;
  raw_client broken{server.port()};
  broken.send(post("/later", "{}") + "nonsense\r\n\r\n");
  answer_next();
  CHECK(broken.ends());
  for (int i = 0; i < 3; ++i) {
    raw_client next{server.port()};
    next.send(post("/later", "{}"));
    answer_next();
    CHECK(next.read().status == 204);
  }
  CHECK(server.observer.failures().size() == 2);
}

TEST_CASE("limits: nobody takes all of the thread for large bodies") {
  loopback server;
  auto large = post("/hold", std::string(17 * 1024, ' '));
  std::deque<raw_client> clients;
  for (int i = 0; i < 6; ++i)
    clients.emplace_back(server.port()).send(large);
  server.thread.await();
  CHECK(in_time([&] { return server.observer.statuses() == std::vector{429, 429}; }));
  raw_client elsewhere{server.port(), "127.0.0.2"};
  elsewhere.send(large);
  for (int i = 0; i < 5; ++i)
    server.thread.let_go();
  CHECK(elsewhere.read().status == 204);
  std::multiset<int> statuses;
  for (auto& client : clients)
    statuses.insert(client.read().status);
  CHECK(statuses == std::multiset{204, 204, 204, 204, 429, 429});
  server.thread.let_go();
  CHECK(clients.front().ask(large).status == 204);
}

TEST_CASE("limits: a long body is sent to whoever reads slowly, as long as something is read") {
  auto settings = quick_settings();
  settings.write_timeout = 300ms;
  loopback server{settings};
  raw_client client{server.port()};
  CHECK(client.ask(get("/long")).body.size() == long_text_size);
  CHECK(client.send("HEAD /long HTTP/1.1\r\nHost: x\r\n\r\n").read(true).header("Content-Length") ==
        std::to_string(long_text_size));
  CHECK(client.ask(get("/ping")).status == 200);
}

TEST_CASE("limits: while too much waits to be sent others are answered, and who does not read is closed") {
  auto settings = quick_settings();
  settings.write_timeout = 600s;
  settings.max_buffered_bytes = 1024 * 1024;
  loopback server{settings};
  raw_client client{server.port()};
  CHECK(client.ask(get("/ping")).status == 200);
  raw_client greedy{server.port()};
  greedy.send(post("/later", "{}") + get("/ping"));
  server.parked.take().respond({200, std::string(16 * 1024 * 1024, 'x'), "text/plain", {}, {}});
  CHECK(in_time([&] { return server.server->now().buffered_bytes > settings.max_buffered_bytes; }));
  CHECK(client.ask(get("/ping")).status == 200);
  auto freed = [&] {
    auto now = server.server->now();
    return now.connections == 1 && now.buffered_bytes == 0;
  };
  auto until = std::chrono::steady_clock::now() + 20s;
  while (!freed() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  CHECK(freed());
}

TEST_CASE("limits: a large body is read on a thread that serves no connection") {
  loopback server;
  raw_client client{server.port()};
  auto small = client.ask(post("/thread", "{}")).body;
  CHECK(client.ask(post("/thread", std::string(16 * 1024, ' '))).body == small);
  CHECK(client.ask(post("/thread", std::string(16 * 1024 + 1, ' '))).body != small);
}
