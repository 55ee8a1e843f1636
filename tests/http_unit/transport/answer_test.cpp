#include "loopback.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace musterd;
using namespace musterd::testing;
using namespace std::chrono_literals;

namespace {

std::string with_token(std::string_view token) {
  return std::string{"POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "}.append(token).append(
      "\r\n\r\n");
}

}  // namespace

TEST_CASE("answer: it may come from any thread") {
  loopback server;
  raw_client client{server.port()};
  for (int i = 0; i < 50; ++i) {
    client.send(post("/later", "{}"));
    std::thread{[call = server.parked.take()]() mutable { call.respond(no_content()); }}.join();
    CHECK(client.read().status == 204);
  }
}

TEST_CASE("answer: a responder that is dropped answers 500, with nothing of the inside") {
  loopback server;
  raw_client client{server.port()};
  auto answer = client.ask(post("/dropped", "{}"));
  CHECK(answer.status == 500);
  CHECK(answer.body.find("INTERNAL_ERROR") != std::string::npos);
  client.send(post("/later", "{}"));
  {
    auto dropped = server.parked.take();
  }
  CHECK(client.read().status == 500);
}

TEST_CASE("answer: a handler that throws answers 500 and is reported") {
  loopback server;
  raw_client client{server.port()};
  auto answer = client.ask(post("/throws", "{}"));
  CHECK(answer.status == 500);
  CHECK(answer.body.find("a bug") == std::string::npos);
  CHECK(server.observer.failures() == std::vector<std::string>{"a bug"});
}

TEST_CASE("answer: an access check that throws or forgets answers 500") {
  loopback server;
  raw_client client{server.port()};
  CHECK(client.ask(with_token("throws")).status == 500);
  CHECK(client.ask(with_token("dropped")).status == 500);
  CHECK(client.ask(with_token("good")).status == 201);
  CHECK(server.observer.failures() == std::vector<std::string>{"the check failed"});
}

TEST_CASE("answer: a version is an ETag, and a bad id in the path is a 400 that names it") {
  loopback server;
  raw_client client{server.port()};
  auto good = client.ask(get("/things/0190aaaa-0000-7000-8000-000000000001"));
  CHECK(good.header("ETag") == "\"7\"");
  auto bad = client.ask(get("/things/7"));
  CHECK(bad.status == 400);
  CHECK(bad.body.find("id must be a UUID.") != std::string::npos);
}

TEST_CASE("answer: many threads answer many connections at once") {
  auto settings = quick_settings();
  settings.threads = 2;
  loopback server{settings};
  constexpr int clients = 8, rounds = 100;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&] {
      raw_client client{server.port()};
      for (int k = 0; k < rounds; ++k)
        good += client.ask(post("/later", "{}")).status == 204;
    });
  for (int i = 0; i < 2; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < clients * rounds / 2; ++k)
        server.parked.take().respond(no_content());
    });
  for (auto& t : threads)
    t.join();
  CHECK(good == clients * rounds);
}

TEST_CASE("stop: idle connections close, a request in flight is finished, nothing new is accepted") {
  loopback server;
  raw_client idle{server.port()}, busy{server.port()};
  CHECK(idle.ask(get("/ping")).status == 200);
  busy.send(post("/later", "{}"));
  auto call = server.parked.take();
  std::size_t cut_short = 99;
  std::thread stopping{[&] { cut_short = server.server->stop(20s); }};
  CHECK(idle.ends());
  call.respond(no_content());
  auto answer = busy.read();
  CHECK(answer.status == 204);
  CHECK(answer.header("Connection") == "close");
  stopping.join();
  CHECK(cut_short == 0);
  CHECK_THROWS(raw_client{server.port()});
}

TEST_CASE("stop: beyond the grace requests are cut short and counted, and a late answer is harmless") {
  loopback server;
  raw_client client{server.port()};
  client.send(post("/later", "{}"));
  auto call = server.parked.take();
  CHECK(server.server->stop(20ms) == 1);
  CHECK(client.ends());
  CHECK(!call.respond.wanted());
  call.respond(no_content());
}

TEST_CASE("start: an address that is taken is said so") {
  loopback server;
  auto settings = quick_settings();
  settings.port = server.port();
  http_server second{settings, server.on, server.access, server.observer};
  CHECK_THROWS_AS(second.start(), std::system_error);
}

TEST_CASE("answers: whatever it is, a browser loads nothing for it, guesses nothing and frames nothing") {
  loopback server;
  raw_client client{server.port()};
  for (const auto* path : {"/health/live", "/metrics", "/openapi.json", "/docs", "/nowhere"}) {
    CAPTURE(path);
    auto answer = client.ask(get(path));
    auto policy = answer.header("Content-Security-Policy").value_or("");
    CHECK(policy.starts_with("default-src 'none'; "));
    CHECK(policy.find("base-uri 'none'") != policy.npos);
    CHECK(policy.find("frame-ancestors 'none'") != policy.npos);
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
  }
}

TEST_CASE("standard routes: health, metrics, the document, and a docs page that says what is missing") {
  loopback server;
  raw_client client{server.port()};
  CHECK(client.ask(get("/health/live")).body == R"({"status":"UP","checks":[]})");
  CHECK(client.ask(get("/health/ready")).status == 200);
  CHECK(client.ask(get("/metrics")).body == "up 1\n");
  CHECK(client.ask(get("/openapi.json")).body.starts_with(R"({"openapi":"3.1.0")"));
  auto docs = client.ask(get("/docs"));
  CHECK(docs.status == 404);
  CHECK(docs.header("Content-Security-Policy").has_value());
  CHECK(docs.body.find("npm ci") != std::string::npos);
}
