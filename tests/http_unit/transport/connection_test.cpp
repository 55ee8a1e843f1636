#include "loopback.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

using namespace musterd;
using namespace musterd::testing;

TEST_CASE("connection: requests on one connection are answered one after the other") {
  loopback server;
  raw_client client{server.port()};
  for (int i = 0; i < 3; ++i) {
    auto answer = client.ask(get("/ping"));
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"pong":true})");
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(!answer.header("Connection"));
  }
}

TEST_CASE("connection: pipelined requests are answered in order, also behind one that takes its time") {
  loopback server;
  raw_client client{server.port()};
  client.send(get("/ping") + post("/later", "{}") + post("/echo", R"({"a":1})") + get("/nothing"));
  CHECK(client.read().status == 200);
  auto call = server.parked.take();
  CHECK(client.silent());
  call.respond({202, "{}", "application/json", {}, {}});
  CHECK(client.read().status == 202);
  CHECK(client.read().body == R"({"size":7})");
  CHECK(client.read().status == 404);
}

TEST_CASE("connection: a thousand pipelined requests get a thousand answers") {
  loopback server;
  raw_client client{server.port()};
  std::string all;
  for (int i = 0; i < 1000; ++i)
    all += get(fmt::format("/ping?n={}", i));
  client.send(all);
  for (int i = 0; i < 1000; ++i)
    REQUIRE(client.read().status == 200);
}

TEST_CASE("connection: others have their turn between pipelined requests") {
  loopback server;
  raw_client greedy{server.port()}, modest{server.port()};
  CHECK(modest.ask(get("/ping")).status == 200);
  std::string all = post("/hold", "{}");
  for (int i = 0; i < 1000; ++i)
    all += get("/ping");
  greedy.send(all);
  server.thread.await();
  modest.send(get("/nothing"));
  server.thread.let_go();
  CHECK(modest.read().status == 404);
  for (int i = 0; i <= 1000; ++i)
    CHECK(greedy.read().status < 300);
  auto statuses = server.observer.statuses();
  CHECK(std::ranges::find(statuses, 404) - statuses.begin() < 20);
}

TEST_CASE("connection: a request may arrive byte by byte") {
  loopback server;
  raw_client client{server.port()};
  for (char c : post("/echo", R"({"a":1})"))
    client.send({&c, 1});
  CHECK(client.read().body == R"({"size":7})");
}

TEST_CASE("connection: a chunked body is put together, and its trailer replaces no header") {
  loopback server;
  raw_client client{server.port()};
  auto answer = client.ask(
      "POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3;ext=1\r\n:1}\r\n0\r\nContent-Type: "
      "text/plain\r\n\r\n");
  CHECK(answer.status == 201);
  CHECK(answer.body == R"({"size":7})");
  CHECK(client.ask(get("/ping")).status == 200);
}

TEST_CASE("connection: Expect: 100-continue is encouraged before the body") {
  loopback server;
  raw_client client{server.port()};
  auto request = post("/echo", "{}", "Expect: 100-continue\r\n");
  CHECK(client.ask(request.substr(0, request.size() - 2)).status == 100);
  CHECK(client.ask("{}").status == 201);
}

TEST_CASE("connection: HTTP/1.0 is closed after the answer unless it asks to stay") {
  loopback server;
  raw_client closing{server.port()}, staying{server.port()};
  auto answer = closing.ask("GET /ping HTTP/1.0\r\n\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.header("Connection") == "close");
  CHECK(closing.ends());
  for (int i = 0; i < 2; ++i)
    CHECK(staying.ask("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").header("Connection") ==
          "keep-alive");
}

TEST_CASE("connection: Connection: close is obeyed") {
  loopback server;
  raw_client client{server.port()};
  CHECK(client.ask("GET /ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").header("Connection") ==
        "close");
  CHECK(client.ends());
}

TEST_CASE("connection: a client that has said everything still gets its answer") {
  loopback server;
  raw_client client{server.port()};
  client.send(post("/later", "{}"));
  client.finish_sending();
  server.parked.take().respond(no_content());
  auto answer = client.read();
  CHECK(answer.status == 204);
  CHECK(!answer.header("Content-Length"));
  CHECK(client.ends());
}

TEST_CASE("connection: HEAD has the headers of GET and no body") {
  loopback server;
  raw_client client{server.port()};
  auto answer = client.send("HEAD /ping HTTP/1.1\r\nHost: x\r\n\r\n").read(true);
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Length") == "13");
  CHECK(client.ask(get("/ping")).status == 200);
}

TEST_CASE("connection: an answer larger than the socket takes at once arrives whole") {
  loopback server;
  raw_client client{server.port()};
  client.send(post("/later", "{}"));
  std::string big(8 * 1024 * 1024, 'x');
  server.parked.take().respond({200, big, "text/plain", {}, {}});
  CHECK(client.read().body == big);
  CHECK(client.ask(get("/ping")).status == 200);
}

TEST_CASE("connection: a client that goes away disturbs nobody") {
  loopback server;
  http_call call;
  {
    raw_client client{server.port()};
    client.send(post("/later", "{}"));
    call = server.parked.take();
  }
  call.respond({200, "{}", "application/json", {}, {}});
  CHECK(raw_client{server.port()}.ask(get("/ping")).status == 200);
}
