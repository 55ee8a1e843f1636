#include "tests/http/edge/raw_socket.hpp"
#include "tests/http/time/stage.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {
namespace {

using fields = std::set<std::string>;

/// The first answer among the received bytes.
http_answer parsed(const std::string& received) {
  http_answer answer;
  auto head_end = received.find("\r\n\r\n");
  REQUIRE_MESSAGE(head_end != std::string::npos, received);
  answer.status = std::stoi(received.substr(9, 3));
  for (auto at = received.find("\r\n") + 2; at < head_end;) {
    auto end = received.find("\r\n", at), colon = received.find(": ", at);
    auto name = received.substr(at, colon - at);
    for (auto& c : name)
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    answer.headers[name] = received.substr(colon + 2, end - colon - 2);
    at = end + 2;
  }
  answer.body = received.substr(head_end + 4);
  return answer;
}

constexpr auto start = "/api/people/me/breaks/start", in = "/api/people/me/clock-in";

}  // namespace

TEST_CASE("bad input: what is no JSON is refused") {
  auto ann = shared_server().new_mechanic();
  for (const std::string& body :
       {std::string{"{"}, std::string{"nonsense"}, std::string{R"({"breakType":"MEAL"}})"},
        std::string{R"({"breakType":"MEAL",})"}, std::string{"{\"notes\":\"\xff\xfe\"}"},
        std::string(100'000, '['), std::string{"{\"a\"\0:1}", 8}}) {
    CAPTURE(body.substr(0, 40));
    check_error(ann->http.post(start, body), 400, "MALFORMED_JSON");
  }
  CHECK(ann->clock_in().status == 201);
}

TEST_CASE("bad input: all wrong fields are named at once [S84-F9 S84-F11 D-4 D-12]") {
  auto ann = shared_server().new_mechanic();
  auto refused = [&](const char* path, const char* body, const fields& wrong) {
    CAPTURE(body);
    auto answer = ann->http.post(path, body);
    check_error(answer, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(answer) == wrong);
  };
  refused(in, "{}", {"locationId"});
  refused(in, R"({"locationId":5,"notes":7,"colour":"red","size":1})",
          {"locationId", "notes", "colour", "size"});
  refused(in, R"({"locationId":"the shop around the corner"})", {"locationId"});
  refused(in, R"({"locationId":[],"notes":{}})", {"locationId", "notes"});
  refused(start, R"({"breakType":"NAP","notes":[1]})", {"breakType", "notes"});
  refused(start, R"({"breakType":"meal"})", {"breakType"});
  refused(start, R"({"breakType":7,"status":"COMPLETED","mechanicId":"x"})",
          {"breakType", "status", "mechanicId"});
  refused(start, R"({"breakType":"MEAL","notes":"a\u0000b"})", {"notes"});
  refused("/api/people/me/breaks/end", R"({"endTime":"2020-01-01T00:00:00Z"})", {"endTime"});
  refused("/api/people/me/clock-out", R"({"at":1})", {"at"});
  for (const auto* no_object : {"[]", "\"MEAL\"", "7", "true", "null"}) {
    CAPTURE(no_object);
    check_error(ann->http.post(start, no_object), 400, "VALIDATION_FAILED", "The body must be an object.");
  }
  auto long_notes = R"({"breakType":"MEAL","notes":")" + std::string(2001, 'x') + "\"}";
  refused(start, long_notes.c_str(), {"notes"});
  check_error(ann->timecard(), 404, "TIMECARD_NOT_FOUND");
}

TEST_CASE("bad input: query parameters are checked like fields") {
  auto walter = shared_server().signed_in("walter.hayes");
  auto refused = [&](const std::string& path, const fields& wrong) {
    CAPTURE(path);
    auto answer = walter->http.get(path);
    check_error(answer, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(answer) == wrong);
  };
  auto cards = fmt::format("/api/people/employees/{}/timecards", walter->person_id);
  refused(cards, {"from", "to"});
  refused(cards + "?from=yesterday&to=2026-02-30", {"from", "to"});
  refused(cards + "?from=2026-02-02&to=2026-02-01", {"to"});
  refused(cards + "?from=2024-01-01&to=2026-02-01", {"to"});
  refused(cards + "?from=2026-01-01&to=2026-02-01&sort=up", {"sort"});
  refused("/api/people/employees/me/timecards?from=2026-01-01&to=2026-02-01", {"employeeId"});
  refused("/api/people/timecards/7", {"id"});
  refused("/api/people/locations?pageIndex=-1&pageSize=101", {"pageIndex", "pageSize"});
  refused("/api/people/me/timecard?date=2026-13-01", {"date"});
}

TEST_CASE("bad input: a body over 1 MiB is refused with 413, one of just 1 MiB is read [D-12]") {
  auto ann = shared_server().new_mechanic();
  auto body = [](std::size_t size) {
    std::string head = R"({"breakType":"MEAL","notes":")";
    return head + std::string(size - head.size() - 2, 'x') + "\"}";
  };
  check_error(ann->http.post(start, body((1 << 20) + 1)), 413, "PAYLOAD_TOO_LARGE");
  check_error(ann->http.post(start, body(1 << 20)), 400, "VALIDATION_FAILED");
  CHECK(ann->clock_in().status == 201);
}

TEST_CASE("bad input: a body must say that it is JSON [D-12]") {
  auto ann = shared_server().new_mechanic();
  for (const auto* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"})
    check_error(ann->http.send("POST", start, {{{"Content-Type", type}}, R"({"breakType":"MEAL"})"}), 415,
                "UNSUPPORTED_MEDIA_TYPE");
  check_error(
      ann->http.send("POST", start,
                     {{{"Content-Type", "Application/JSON; charset=UTF-8"}}, R"({"breakType":"MEAL"})"}),
      409, "NOT_CLOCKED_IN");
}

TEST_CASE("bad input: unknown paths are 404, wrong methods 405 with Allow [D-12]") {
  auto ann = shared_server().new_mechanic();
  for (const auto* path : {"/", "/api", "/api/people/me", "/api/people/me/clock-in/",
                           "/api/people/me/clock-in/x", "/API/people/locations"}) {
    CAPTURE(std::string{path});
    check_error(ann->http.get(path), 404, "ROUTE_NOT_FOUND");
  }
  check_error(ann->http.get("/%00"), 400, "MALFORMED_REQUEST");
  auto wrong = ann->http.get(in);
  check_error(wrong, 405, "METHOD_NOT_ALLOWED");
  CHECK(wrong.header("allow") == "OPTIONS, POST");
  wrong = ann->http.send("DELETE", "/api/people/locations");
  check_error(wrong, 405, "METHOD_NOT_ALLOWED");
  CHECK(wrong.header("allow") == "OPTIONS, GET, HEAD, POST");
  wrong = ann->http.send("PROPFIND", "/api/people/locations");
  check_error(wrong, 405, "METHOD_NOT_ALLOWED");
}

TEST_CASE("correlation: a given id is echoed, a missing or unusable one replaced [D-6]") {
  auto http = shared_server().client();
  auto id_for = [&](const std::map<std::string, std::string>& headers) {
    auto answer = http.send("GET", "/api/people/nothing", {headers, {}});
    check_error(answer, 404, "ROUTE_NOT_FOUND");
    return answer.header("x-correlation-id");
  };
  CHECK(id_for({{"X-Correlation-Id", "order 66/b"}}) == "order 66/b");
  CHECK(id_for({{"X-Correlation-Id", std::string(128, 'c')}}) == std::string(128, 'c'));
  for (const auto& unusable : {std::string(129, 'c'), std::string{"caf\xc3\xa9"}}) {
    auto made = uuid::parse(id_for({{"X-Correlation-Id", unusable}}));
    REQUIRE(made.has_value());
    CHECK((made->bytes[6] >> 4) == 7);
  }
  auto first = id_for({}), second = id_for({});
  CHECK(uuid::parse(first).has_value());
  CHECK(first != second);
  CHECK(http.send("GET", "/health/live", {{{"X-Correlation-Id", "fine"}}, {}}).header("x-correlation-id") ==
        "fine");
}

TEST_CASE("bad input: what is not HTTP is answered once and closed") {
  auto port = shared_server().process().port();
  for (const std::string& text :
       {std::string{"HELLO\r\n\r\n"}, std::string{"GET / HTTP/9.9\r\n\r\n"},
        std::string{"POST /api/people/me/clock-in HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"},
        std::string{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n0\r\n\r\n"}}) {
    CAPTURE(text);
    raw_socket socket{port};
    socket.send(text);
    auto answer = parsed(socket.receive("\n\n\n never"));
    CHECK(answer.status == 400);
    check_error(answer, 400, "MALFORMED_REQUEST");
  }
  raw_socket socket{port};
  socket.send("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(100'000, 'x') + "\r\n\r\n");
  check_error(parsed(socket.receive("never")), 431, "HEADERS_TOO_LARGE");
  CHECK(shared_server().client().get("/health/live").status == 200);
}

TEST_CASE("limits: who sends too slowly gets 408, and others are not held up") {
  company_server server{{{"MUSTERD_HTTP_REQUEST_TIMEOUT_MS", "400"}}};
  auto port = server.process().port();
  raw_socket silent{port}, dribbling{port}, half{port};
  half.send("POST /api/security/auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: "
            "application/json\r\nContent-Length: 50\r\n\r\n{");
  dribbling.send("GET /health");
  std::string received;
  CHECK(becomes_true(patience, [&] {
    dribbling.send("x");
    received += dribbling.receive("\r\n\r\n", std::chrono::milliseconds{50});
    return !received.empty();
  }));
  check_error(parsed(received + dribbling.receive("never", std::chrono::seconds{2})), 408, "REQUEST_TIMEOUT");
  check_error(parsed(half.receive("never")), 408, "REQUEST_TIMEOUT");
  CHECK(server.client().get("/health/live").status == 200);
}

TEST_CASE("limits: too many connections get 503 with Retry-After, until one ends") {
  company_server server{{{"MUSTERD_HTTP_MAX_CONNECTIONS", "4"}}};
  auto port = server.process().port();
  const std::string request = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
  // Earlier connections (of the readiness check) may take a moment to end.
  std::vector<std::unique_ptr<raw_socket>> open;
  REQUIRE(becomes_true(patience, [&] {
    auto socket = std::make_unique<raw_socket>(port);
    socket->send(request);
    if (parsed(socket->receive("}")).status == 200)
      open.push_back(std::move(socket));
    return open.size() == 4;
  }));
  raw_socket one_more{port};
  auto refused = parsed(one_more.receive("never"));
  check_error(refused, 503, "BUSY");
  CHECK(refused.header("retry-after") == "1");
  open.pop_back();
  CHECK(becomes_true(patience, [&] {
    raw_socket socket{port};
    socket.send(request);
    return parsed(socket.receive("}")).status == 200;
  }));
}

}  // namespace musterd::testing
