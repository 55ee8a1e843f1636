#include "common/text/uuid.hpp"
#include "tests/http/edge/raw_socket.hpp"
#include "tests/http/instrumented.hpp"
#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"
#include "tests/support/colliding_json.hpp"

#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <thread>

/// What clients with or without a token can throw at the server without harm to others.
namespace musterd::testing {
namespace {

constexpr auto sign_in = "/api/security/auth/token", start = "/api/people/me/breaks/start";
const std::string document = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string ping = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

std::size_t resident_kib(pid_t pid) {
  std::ifstream status{fmt::format("/proc/{}/status", pid)};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:"))
      return std::stoul(line.substr(6));
  throw std::runtime_error{"no VmRSS"};
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i)
    result += text;
  return result;
}

bool is_answered(const http_answer& answer) {
  return answer.status == 200;
}

}  // namespace

TEST_CASE(
    "Security: member names made to collide are refused before they become a table, and hold nobody up") {
  auto ann = shared_server().new_mechanic();
  auto large = colliding_object(65'536);
  std::vector<std::thread> attackers;
  std::atomic<int> refused{0}, running{4};
  for (int i = 0; i < 4; ++i)
    attackers.emplace_back([&] {
      auto http = shared_server().client();
      for (int round = 0; round < 5; ++round)
        refused += http.post(sign_in, large).status == 413;
      --running;
    });
  auto http = shared_server().client();
  while (running > 0)
    CHECK(is_answered(http.get("/health/live")));
  for (auto& a : attackers)
    a.join();
  CHECK(refused == 20);
  auto small = http.post(sign_in, colliding_object(1'400));
  check_error(small, 400, "MALFORMED_JSON");
  auto with_token = ann->http.post(start, large);
  check_error(with_token, 400, "MALFORMED_JSON");
  CHECK(text_at(with_token, "/message").find("256 members") != std::string::npos);
  CHECK(ann->clock_in().status == 201);
}

TEST_CASE("Security: a member given twice is refused by name, wherever it is") {
  auto ann = shared_server().new_mechanic();
  auto twice = ann->http.post(start, R"({"breakType":"MEAL","notes":"a","breakType":"REST"})");
  check_error(twice, 400, "MALFORMED_JSON");
  CHECK(wrong_fields(twice) == std::set<std::string>{"breakType"});
  CHECK(text_at(twice, "/message").find("`breakType`") != std::string::npos);
}

TEST_CASE("Security: an answer names twenty wrong fields and says how many more there are") {
  auto d = desk{};
  std::string roles;
  for (int i = 0; i < 100'000; ++i)
    roles += i == 0 ? "7" : ",7";
  auto many = d.admin->http.post("/api/security/users/provision",
                                 R"({"personId":"x","username":"n","roleIds":[)" + roles + "]}");
  check_error(many, 400, "VALIDATION_FAILED", "100001 fields are invalid; 20 of them are named.");
  CHECK(json_of(many).at("fieldErrors").as_array().size() == 20);
  CHECK(text_at(many, "/details/moreFieldErrors") == "99981");
  CHECK(many.body.size() < 8'000);
  boost::json::object unknown{{"breakType", "MEAL"}};
  for (int i = 0; i < 255; ++i)
    unknown[fmt::format("colour{}", i)] = i;
  auto strange = d.admin->http.post(start, json(unknown));
  CHECK(text_at(strange, "/details/moreFieldErrors") == "235");
}

TEST_CASE("Security: sixty clients that ask and never read cost little memory, and are closed") {
  auto ops_port = free_port();
  company_server server{{{"MUSTERD_HTTP_WRITE_TIMEOUT_MS", "3000"},
                         {"MUSTERD_HTTP_MAX_BUFFERED_BYTES", "4194304"},
                         {"MUSTERD_OPS_PORT", std::to_string(ops_port)}}};
  auto ann = server.new_mechanic();
  CHECK(is_answered(ann->http.get("/openapi.json")));
  auto before = resident_kib(server.process().pid());
  std::vector<std::unique_ptr<raw_socket>> silent;
  std::size_t most = before;
  for (int i = 0; i < 60; ++i) {
    silent.push_back(std::make_unique<raw_socket>(server.process().port()));
    silent.back()->receive_little();
    silent.back()->send_what_fits(repeated(document, 400));
    CHECK(is_answered(ann->http.get("/api/security/me")));
    most = std::max(most, resident_kib(server.process().pid()));
  }
  http_client ops{fmt::format("http://127.0.0.1:{}", ops_port), patience};
  CHECK(becomes_true(patience, [&] {
    most = std::max(most, resident_kib(server.process().pid()));
    return metric(ops.get("/metrics").body, "http_connections") <= 2;
  }));
  if (!is_instrumented())
    CHECK(most - before < 64 * 1024);
  // Nor did the kernel keep megabytes for each: this is what remains.
  for (int i = 0; i < 3; ++i)
    CHECK(silent[i]->receive("never").size() < 1024 * 1024);
  CHECK(is_answered(ann->http.get("/api/security/me")));
}

TEST_CASE("Security: readers of large answers who take nothing keep nobody from small ones, nor others from "
          "theirs") {
  auto ops_port = free_port();
  company_server server{
      {{"MUSTERD_HTTP_MAX_BUFFERED_BYTES", "12582912"}, {"MUSTERD_OPS_PORT", std::to_string(ops_port)}}};
  desk d{server};
  service pos{server};
  for (int i = 0; i < 5; ++i)
    REQUIRE(
        pos.http
            .post(
                "/internal/audit/events",
                fmt::format(
                    R"({{"eventId":"{}","event":{{"eventType":"REFUND","occurredAt":"{}",)"
                    R"("actorId":"{}","subjectType":"Order","subjectId":"{}","locationId":"{}",)"
                    R"("references":[{{"type":"order","id":"1"}}],"reason":"damaged","details":{{"notes":"{}"}}}}}})",
                    to_string(uuid::generate()), to_string(wall_clock_now()), nobody, nobody, demo_shop,
                    std::string(900'000, 'x')))
            .status == 202);
  const std::string page = "/api/audit/entries?pageSize=100&category=FINANCIAL";
  auto auditor = server.signed_in("demo.auditor");
  REQUIRE(auditor->http.get(page).body.size() > 4'000'000);
  http_client ops{fmt::format("http://127.0.0.1:{}", ops_port), patience};
  auto held = [&] { return metric(ops.get("/metrics").body, "http_buffered_bytes"); };
  raw_socket slow{server.process().port()};
  slow.receive_little();
  slow.send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", page,
                        auditor->tokens.access));
  REQUIRE(becomes_true(patience, [&] { return held() > 3'000'000; }));
  check_error(auditor->http.get(page), 503, "BUSY");
  CHECK(is_answered(auditor->http.get("/api/security/me")));
  CHECK(is_answered(auditor->http.get("/api/audit/entries?pageSize=10&category=SECURITY")));
  d.admin->http.come_from("127.0.0.2");
  CHECK(is_answered(d.admin->http.get(page)));
  CHECK(is_answered(server.client().get("/health/live")));
  CHECK(held() > 3'000'000);
}

TEST_CASE("Security: one address that takes all it can leaves connections to others, colleagues included") {
  company_server server{{{"MUSTERD_HTTP_MAX_CONNECTIONS_PER_ADDRESS", "20"}}};
  auto ann = server.new_mechanic();
  std::vector<std::unique_ptr<raw_socket>> taken;
  for (int i = 0; i < 40; ++i) {
    taken.push_back(std::make_unique<raw_socket>(server.process().port()));
    taken.back()->send(ping);
    CHECK(taken.back()->receive("}").starts_with("HTTP/1.1 200"));
  }
  auto other = server.client();
  other.come_from("127.0.0.2");
  CHECK(is_answered(other.get("/health/ready")));
  CHECK(metric(other.get("/metrics").body, "http_connections") <= 21);
  CHECK(is_answered(ann->http.get("/api/security/me")));
}

TEST_CASE("Security: operators see a server whose connections are all taken, on a listener of their own") {
  auto ops_port = free_port();
  company_server server{{{"MUSTERD_HTTP_MAX_CONNECTIONS", "30"},
                         {"MUSTERD_HTTP_UNCAPPED_ADDRESSES", "127.0.0.1"},
                         {"MUSTERD_OPS_PORT", std::to_string(ops_port)}}};
  std::vector<std::unique_ptr<raw_socket>> taken;
  // All connections, and those waiting to be refused as well.
  for (int i = 0; i < 150; ++i)
    taken.push_back(std::make_unique<raw_socket>(server.process().port()));
  http_client ops{fmt::format("http://127.0.0.1:{}", ops_port), patience};
  CHECK(is_answered(ops.get("/health/live")));
  CHECK(is_answered(ops.get("/health/ready")));
  CHECK(becomes_true(patience, [&] { return metric(ops.get("/metrics").body, "http_connections") == 30; }));
  check_error(ops.get("/api/security/me"), 404, "ROUTE_NOT_FOUND");
  check_error(ops.post(sign_in, "{}"), 404, "ROUTE_NOT_FOUND");
  taken.clear();
  CHECK(becomes_true(patience, [&] {
    auto answer = server.client().try_send("GET", "/metrics");
    return answer && answer->status == 404;
  }));
  CHECK(is_answered(server.client().get("/health/live")));
}

TEST_CASE("Security: whoever shows no token writes a few lines a second into the log, in our words") {
  company_server server;
  auto http = server.client();
  for (int i = 0; i < 150; ++i) {
    CHECK(http.post(start, "{}").status == 401);
    CHECK(http.post(sign_in, R"({"whatever-they-like":1})").status == 400);
  }
  auto lines = [&] { return static_cast<std::int64_t>(logged(server, {R"("refused")"}).size()); };
  auto left_out = [&] {
    std::int64_t sum = 0;
    for (const auto& line : logged(server, {"refusals_left_out"}))
      sum += std::stoll(text_at(line, "/text"));
    return sum;
  };
  CHECK(becomes_true(patience, [&] { return lines() + left_out() == 300; }));
  CHECK(lines() >= 3);
  CHECK(left_out() > 0);
  CHECK(logged(server, {"whatever-they-like"}).empty());
}

TEST_CASE("Security: who asks too fast is told to wait, and others are not") {
  company_server server{{{"MUSTERD_HTTP_USER_RATE", "5"}}};
  auto ann = server.new_mechanic(), bob = server.new_mechanic();
  http_answer refused;
  for (int i = 0; i < 200 && refused.status != 429; ++i)
    refused = ann->http.get("/api/security/me");
  check_error(refused, 429, "TOO_MANY_REQUESTS");
  CHECK(refused.header("retry-after") == "1");
  CHECK(is_answered(bob->http.get("/api/security/me")));
  CHECK(becomes_true(patience, [&] { return is_answered(ann->http.get("/api/security/me")); }));
}

TEST_CASE(
    "Security: names that turn the direction of writing, and codes that look like others, are refused") {
  desk d;
  auto person = d.admin->http.post("/api/people/persons",
                                   json({{"firstName", "Ann\u202e"}, {"lastName", "\u2066Smith"}}));
  check_error(person, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(person) == std::set<std::string>{"firstName", "lastName"});
  auto role = d.admin->http.post("/api/security/roles",
                                 json({{"roleName", "OWNER\u200f"}, {"allowedScopes", {"GLOBAL"}}}));
  CHECK(wrong_fields(role) == std::set<std::string>{"roleName"});
  for (auto code : {"NYC\u00a0", "\u041dYC", "N C"}) {
    auto shop =
        d.admin->http.post("/api/people/locations",
                           json({{"code", code}, {"name", "A\u202dB"}, {"timezone", "America/New_York"}}));
    CHECK(wrong_fields(shop) == std::set<std::string>{"code", "name"});
  }
}

TEST_CASE("Security: names that differ in what is not seen are refused, and so are names of nothing else") {
  desk d;
  for (auto unseen : {"\u200b", "\u200c", "\u200d", "\u2060", "\u00ad", "\ufeff", "\u3164", "\u2800",
                      "\u034f", "\u180e", "\ufe0f", "\U000e0041", "\u00a0", "\u206a"}) {
    CAPTURE(unseen);
    auto role = d.admin->http.post("/api/security/roles", json({{"roleName", std::string{"OWNER"} + unseen},
                                                                {"allowedScopes", {"GLOBAL"}}}));
    check_error(role, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(role) == std::set<std::string>{"roleName"});
    auto person =
        d.admin->http.post("/api/people/persons", json({{"firstName", unseen}, {"lastName", "Smith"}}));
    CHECK(wrong_fields(person) == std::set<std::string>{"firstName"});
  }
  auto persian = d.admin->http.post("/api/people/persons",
                                    json({{"firstName", "علی\u200cرضا"}, {"lastName", "山田\u3000太郎"}}));
  CHECK(persian.status == 201);
}

TEST_CASE("Security: metrics have no names that a company chose") {
  company_server server;
  desk d{server};
  auto made = d.admin->http.post("/api/security/roles", json({{"roleName", "Secret Project Lead"},
                                                              {"allowedScopes", {"GLOBAL", "LOCATION"}}}));
  REQUIRE(made.status == 201);
  auto ann = d.user();
  d.assigned(d.assignment(ann.user_id, "Secret Project Lead", demo_shop));
  CHECK(becomes_true(patience, [&] {
    return metric(server.client().get("/metrics").body,
                  R"(role_assignments_active{role="custom",scope="LOCATION"})") == 1;
  }));
  CHECK(server.client().get("/metrics").body.find("Secret") == std::string::npos);
}

}  // namespace musterd::testing
