#include "http/message/cross_origin.hpp"
#include "loopback.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

constexpr auto shop = "https://shop.example";

http_settings with_origins(std::vector<std::string> origins) {
  auto result = quick_settings();
  result.origins = *cross_origin::of(std::move(origins));
  return result;
}

std::string get_with(std::string_view headers, std::string_view path = "/ping") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n{}\r\n", path, headers);
}

std::string preflight(std::string_view origin, std::string_view path = "/echo") {
  return fmt::format("OPTIONS {} HTTP/1.1\r\nHost: x\r\nOrigin: {}\r\nAccess-Control-Request-Method: POST\r\n"
                     "Access-Control-Request-Headers: authorization,content-type\r\n\r\n",
                     path, origin);
}

}  // namespace

TEST_CASE("headers: every answer says how it may be used, refusals included") {
  loopback server;
  for (const auto& request : {get("/ping"), get("/nothing"), std::string{"nonsense\r\n\r\n"}}) {
    auto answer = raw_client{server.port()}.ask(request);
    CHECK(answer.header("X-Content-Type-Options") == "nosniff");
    CHECK(answer.header("Referrer-Policy") == "no-referrer");
    CHECK(answer.header("Cache-Control") == "no-store");
    CHECK(!answer.header("Strict-Transport-Security"));
    CHECK(!answer.header("Vary"));
  }
}

TEST_CASE("headers: by TLS browsers are told to come back by it, also when refused") {
  auto settings = quick_settings();
  settings.tls = &loopback_certificate();
  settings.hsts = std::chrono::seconds{77};
  loopback server{settings};
  speaking tls{true};
  for (const auto& request : {get("/ping"), get("/nothing"), std::string{"nonsense\r\n\r\n"}})
    CHECK(raw_client{server.port()}.ask(request).header("Strict-Transport-Security") == "max-age=77");
  settings.hsts = std::chrono::seconds{0};
  loopback silent{settings};
  CHECK(!raw_client{silent.port()}.ask(get("/ping")).header("Strict-Transport-Security"));
}

TEST_CASE("headers: a trusted proxy's word that its client came by https counts, nobody else's does") {
  auto settings = quick_settings();
  auto told = [&](std::string_view headers) {
    loopback server{settings};
    return raw_client{server.port()}.ask(get_with(headers)).header("Strict-Transport-Security").has_value();
  };
  CHECK(!told("X-Forwarded-Proto: https\r\n"));
  settings.trusted_proxies = {*address_block::parse("127.0.0.1")};
  CHECK(!told(""));
  CHECK(told("X-Forwarded-Proto: https\r\n"));
  CHECK(told("Forwarded: for=192.0.2.1;proto=https\r\n"));
  CHECK(!told("X-Forwarded-Proto: http\r\n"));
  // The last value counts; anything a client forged stands before it.
  CHECK(!told("X-Forwarded-Proto: https, http\r\n"));
  CHECK(!told("Forwarded: proto=https, for=192.0.2.1\r\n"));
  CHECK(!told("Forwarded: proto=http\r\nX-Forwarded-Proto: https\r\n"));
}

TEST_CASE("cross origin: without a setting no page may read anything") {
  loopback server;
  raw_client client{server.port()};
  for (const auto& answer :
       {client.ask(get_with(fmt::format("Origin: {}\r\n", shop))), client.ask(preflight(shop))})
    CHECK(answer.head.find("Access-Control") == std::string::npos);
}

TEST_CASE("cross origin: pages that are named may read answers, whatever they are, and no others") {
  loopback server{with_origins({shop, "http://localhost:3000"})};
  raw_client client{server.port()};
  for (const auto* path : {"/ping", "/nothing", "/things/7"}) {
    auto answer = client.ask(get_with(fmt::format("Origin: {}\r\n", shop), path));
    CHECK(answer.header("Access-Control-Allow-Origin") == shop);
    CHECK(answer.header("Vary") == "Origin");
    CHECK(answer.header("Access-Control-Expose-Headers")->find("ETag") != std::string::npos);
    CHECK(!answer.header("Access-Control-Allow-Credentials"));
  }
  CHECK(client.ask(get_with("Origin: http://localhost:3000\r\n")).header("Access-Control-Allow-Origin") ==
        "http://localhost:3000");
  for (const auto* other :
       {"https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null", "*"}) {
    auto answer = client.ask(get_with(fmt::format("Origin: {}\r\n", other)));
    CHECK(answer.status == 200);
    CHECK(answer.head.find("Access-Control") == std::string::npos);
    CHECK(answer.header("Vary") == "Origin");
  }
  CHECK(client.ask(get("/ping")).header("Vary") == "Origin");
}

TEST_CASE("cross origin: a preflight is answered without a token: methods, headers, and for how long") {
  loopback server{with_origins({shop})};
  raw_client client{server.port()};
  auto answer = client.ask(preflight(shop));
  CHECK(answer.status == 204);
  CHECK(answer.header("Access-Control-Allow-Origin") == shop);
  CHECK(answer.header("Access-Control-Allow-Methods") == "OPTIONS, POST");
  CHECK(answer.header("Access-Control-Allow-Headers")->find("Authorization, Content-Type, Idempotency-Key") ==
        0);
  CHECK(answer.header("Access-Control-Max-Age") == "600");
  CHECK(answer.header("Vary") == "Origin");
  CHECK(client.ask(preflight(shop, "/nothing")).status == 404);
  CHECK(client.ask(preflight("https://evil.example")).head.find("Access-Control") == std::string::npos);
}

TEST_CASE("cross origin: what no browser would send is no setting") {
  for (const auto* good : {"https://shop.example", "http://localhost:3000", "https://[2001:db8::1]:8443"})
    CHECK(cross_origin::of({good}).has_value());
  for (const auto* bad :
       {"*", "null", "", "shop.example", "https://shop.example/", "https://shop.example/a",
        "https://Shop.example", "https://shop.example:443", "http://shop.example:80", "https://",
        "ftp://shop.example", "https://shop.example:", "https://user@shop.example"}) {
    auto refused = cross_origin::of({shop, bad});
    REQUIRE_MESSAGE(refused.has_error(), bad);
    CHECK(refused.error().field_errors.front().message.starts_with("http.cors_origins: "));
  }
}
