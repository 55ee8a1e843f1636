#include "loopback.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace musterd;
using namespace musterd::testing;

namespace {

std::string code_of(const wire_answer& answer) {
  auto document = boost::json::parse(answer.body);
  CHECK(document.at("status").as_int64() == answer.status);
  CHECK(std::string_view{document.at("correlationId").as_string()} == answer.header("X-Correlation-Id"));
  return std::string{document.at("code").as_string()};
}

void refuses(std::string_view request, int status, std::string_view code, bool closes) {
  CAPTURE(request.substr(0, 200));
  loopback server;
  raw_client client{server.port()};
  auto answer = client.ask(request);
  CHECK(answer.status == status);
  CHECK(code_of(answer) == code);
  CHECK((answer.header("Connection") == "close") == closes);
  if (closes)
    CHECK(client.ends());
  else
    CHECK(client.ask(get("/ping")).status == 200);
}

}  // namespace

TEST_CASE("refusal: an unknown path is a 404 in the error shape") {
  for (auto path : {"/nothing", "/ping/", "//ping", "/things", "/things/", "/things/a/b", "/"})
    refuses(get(path), 404, "ROUTE_NOT_FOUND", false);
}

TEST_CASE("refusal: a method the path does not take is a 405 with Allow") {
  loopback server;
  raw_client client{server.port()};
  for (auto method : {"POST", "DELETE", "BREW", "TRACE"}) {
    auto answer = client.ask(fmt::format("{} /ping HTTP/1.1\r\nHost: x\r\n\r\n", method));
    CHECK(answer.status == 405);
    CHECK(answer.header("Allow") == "OPTIONS, GET, HEAD");
  }
  auto options = client.ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(options.status == 204);
  CHECK(options.header("Allow") == "OPTIONS, POST");
}

TEST_CASE("refusal: what is not HTTP is a 400, and the connection ends") {
  for (auto text : {"nonsense\r\n\r\n", "GET /ping HTTP/2.0\r\nHost: x\r\n\r\n", "GET /ping HTTP/1.1\r\n\r\n",
                    "GET ping HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /ping HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                    "GET /ping HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n",
                    "GET /ping HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n"})
    refuses(text, 400, "MALFORMED_REQUEST", true);
}

TEST_CASE("refusal: five thousand query parameters are a 400 before any of them is compared") {
  std::string target = "/health/live?";
  for (int i = 0; i < 5'000; ++i)
    target += fmt::format("{:02x}&", i % 256);
  refuses(get(target), 400, "MALFORMED_REQUEST", true);
}

TEST_CASE("refusal: two meanings of where the body ends are a 400, so that nothing is smuggled behind it") {
  for (auto headers :
       {"Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Length: -1\r\n", "Content-Length: 2x\r\n", "Content-Length: 2\r\nContent-Length: 2\r\n",
        "Content-Length: 2, 2\r\n", "Content-Length: 2,\r\n", "Content-Length: \r\n",
        "Content-Length: +2\r\n"})
    refuses(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\n{}\r\n{{}}", headers), 400, "MALFORMED_REQUEST",
            true);
  refuses("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "MALFORMED_REQUEST",
          true);
  refuses("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
          "MALFORMED_REQUEST", true);
}

TEST_CASE("refusal: a header line that goes on in the next one is a 400, however it arrives") {
  for (auto headers :
       {"X-Long: a\r\n b\r\n", "X-Long: a\r\n\tb\r\n", "Content-Length:\r\n 2\r\n", "X-Long: a\r\n \r\n",
        "Authorization: Bearer\r\n good\r\n", "Transfer-Encoding:\r\n chunked\r\n"}) {
    refuses(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\n{}\r\n{{}}", headers), 400, "MALFORMED_REQUEST",
            true);
    loopback server;
    raw_client client{server.port()};
    for (char c : fmt::format("GET /ping HTTP/1.1\r\nHost: x\r\n{}\r\n", headers))
      client.send({&c, 1});
    CHECK(client.read().status == 400);
    CHECK(client.ends());
  }
  refuses("GET /ping HTTP/1.1\r\n Host: x\r\nHost: x\r\n\r\n", 400, "MALFORMED_REQUEST", true);
  loopback server;
  CHECK(raw_client{server.port()}.ask(post("/echo", "{\r\n \r\n\r\n }")).status == 201);
}

TEST_CASE("refusal: whoever shows no token, or needs none, may send 16 KiB") {
  auto anonymous = [](std::string_view path, std::size_t size) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", path,
        size);
  };
  refuses(anonymous("/open", 16'385), 413, "PAYLOAD_TOO_LARGE", true);
  refuses(anonymous("/echo", 16'385), 413, "PAYLOAD_TOO_LARGE", true);
  refuses("POST /open HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5000\r\n" +
              std::string(0x5000, ' ') + "\r\n0\r\n\r\n",
          413, "PAYLOAD_TOO_LARGE", true);
  refuses(post("/open", std::string(16'385, ' ')), 413, "PAYLOAD_TOO_LARGE", true);
  loopback server;
  raw_client client{server.port()};
  CHECK(client.ask(anonymous("/open", 16'384) + std::string(16'384, ' ')).body == R"({"size":16384})");
  CHECK(client.ask(anonymous("/echo", 16'384) + std::string(16'384, ' ')).status == 401);
}

TEST_CASE("refusal: headers beyond the limit are a 431") {
  auto head = [](std::string_view name, std::size_t size) {
    return fmt::format("GET /ping HTTP/1.1\r\nHost: x\r\n{}: {}\r\n\r\n", name, std::string(size, 'a'));
  };
  refuses(head("X-Long", 20'000), 431, "HEADERS_TOO_LARGE", true);
  refuses("GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431, "HEADERS_TOO_LARGE",
          true);
  std::string many = "GET /ping HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 4000; ++i)
    many += fmt::format("X-{}: many small ones\r\n", i);
  refuses(many, 431, "HEADERS_TOO_LARGE", true);
  loopback server;
  CHECK(raw_client{server.port()}.ask(head("X-Long", 12'000)).status == 200);
}

TEST_CASE("refusal: a body beyond the limit is a 413, announced or not") {
  refuses("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413, "PAYLOAD_TOO_LARGE",
          true);
  refuses("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", 413,
          "PAYLOAD_TOO_LARGE", true);
  std::string chunked = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 300; ++i)
    chunked += "1000\r\n" + std::string(4096, ' ') + "\r\n";
  refuses(chunked + "0\r\n\r\n", 413, "PAYLOAD_TOO_LARGE", true);
  loopback server;
  CHECK(raw_client{server.port()}.ask(post("/echo", std::string(1024 * 1024, ' '))).body ==
        R"({"size":1048576})");
}

TEST_CASE("refusal: bytes behind a short Content-Length are the next request, not the body") {
  loopback server;
  raw_client client{server.port()};
  auto request = post("/echo", "{}") + "junk\r\n\r\n";
  CHECK(client.ask(request).body == R"({"size":2})");
  CHECK(client.read().status == 400);
  CHECK(client.ends());
}

TEST_CASE("refusal: a body that is not called JSON is a 415") {
  auto typed = [](std::string_view type) {
    return fmt::format(
        "POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n{}Content-Length: 2\r\n\r\n{{}}",
        type);
  };
  for (auto type : {"", "Content-Type: text/plain\r\n", "Content-Type: application/json; charset=latin1\r\n",
                    "Content-Type: application/jsonx\r\n"})
    refuses(typed(type), 415, "UNSUPPORTED_MEDIA_TYPE", false);
  loopback server;
  raw_client client{server.port()};
  for (auto type :
       {"Content-Type: application/json\r\n", "Content-Type: Application/JSON ; charset=UTF-8\r\n",
        "Content-Type: application/json;charset=\"utf-8\"\r\n"})
    CHECK(client.ask(typed(type)).status == 201);
}

TEST_CASE("refusal: an unknown query parameter and a bad Idempotency-Key are named") {
  loopback server;
  raw_client client{server.port()};
  auto query = client.ask(get("/ping?n=1&colour=red&size=2"));
  CHECK(query.status == 400);
  CHECK(query.body.find(R"("field":"colour")") != std::string::npos);
  CHECK(query.body.find(R"("field":"size")") != std::string::npos);
  CHECK(query.body.find(R"("field":"n")") == std::string::npos);
  auto key = client.ask(post("/echo", "{}", "Idempotency-Key: " + std::string(256, 'k') + "\r\n"));
  CHECK(key.status == 400);
  CHECK(key.body.find(R"("field":"Idempotency-Key")") != std::string::npos);
  CHECK(client.ask(post("/echo", "{}", "Idempotency-Key: " + std::string(255, 'k') + "\r\n")).status == 201);
}

TEST_CASE("refusal: nobody is told how to sign in") {
  loopback server;
  raw_client client{server.port()};
  auto answer = client.ask("POST /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(answer.status == 401);
  CHECK(answer.header("WWW-Authenticate") == "Bearer");
  CHECK(code_of(answer) == "UNAUTHENTICATED");
}

TEST_CASE("correlation id: a printable one is echoed, any other is replaced") {
  loopback server;
  raw_client client{server.port()};
  auto with = [](std::string_view id) {
    return fmt::format("GET /nothing HTTP/1.1\r\nHost: x\r\nX-Correlation-Id: {}\r\n\r\n", id);
  };
  CHECK(client.ask(with("shop 7/42")).header("X-Correlation-Id") == "shop 7/42");
  for (auto id : {std::string(129, 'a'), std::string{"caf\xc3\xa9"}, std::string{}}) {
    auto given = client.ask(with(id)).header("X-Correlation-Id");
    REQUIRE(given.has_value());
    CHECK(uuid::parse(*given).has_value());
  }
}
