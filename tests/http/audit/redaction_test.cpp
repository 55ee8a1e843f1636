#include "tests/http/access/listed_routes.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <fstream>

/// Decision 0039: whatever a request brings, neither log nor trail shows card numbers, tokens or passwords.
namespace musterd::testing {
namespace {

/// Nobody's secrets, each with a part to search for that occurs nowhere else.
struct brought {
  std::string text, mark;
};
const std::vector<brought> secrets{
    {"4000 0566 5566 5556", "5566 5556"},
    {"4000056655665556", "56655665556"},
    {"eyJhbGciOiJub25lIn0.eyJzdWIiOiJyZWRhY3RlZCJ9.c2VjcmV0LXNpZ25hdHVyZQ", "eyJzdWIiOiJyZWRhY3RlZCJ9"},
    {"Bearer opaque-and-secret-0815", "opaque-and-secret-0815"},
    {"password=hidden-in-plain-sight", "hidden-in-plain-sight"}};

http_message with_headers(const std::string& text, std::string body) {
  return {{{"Content-Type", "application/json"},
           {"X-Correlation-Id", text},
           {"User-Agent", "till " + text},
           {"traceparent", text},
           {"X-Fault-Injection", text}},
          std::move(body)};
}

std::string encoded(const std::string& text) {
  std::string result;
  for (char c : text)
    result += std::isalnum(static_cast<unsigned char>(c)) ? std::string{c} : fmt::format("%{:02X}", c);
  return result;
}

std::string filled(std::string path, const std::string& text) {
  for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
    path.replace(at, path.find('}') - at + 1, encoded(text));
  return path;
}

/// The line or row that shows `mark`, in the log or in the trail of any company; empty if none does.
std::string shown_in(company_server& server, const std::string& mark) {
  std::ifstream log{server.process().log()};
  for (std::string line; std::getline(log, line);)
    if (line.find(mark) != std::string::npos)
      return line;
  pqxx::nontransaction tx{server.db()};
  auto rows = tx.exec(
      fmt::format("SELECT e::text FROM audit.entry e WHERE position({0} in e::text) > 0 UNION ALL "
                  "SELECT v::text FROM audit.personal_value v WHERE position({0} in v::text) > 0 LIMIT 1",
                  tx.quote(mark)));
  return rows.empty() ? std::string{} : rows[0][0].c_str();
}

}  // namespace

TEST_CASE("Security: no card number, token or password of a request comes into the log or the trail "
          "[G-AUD-10 G-LOG-1]") {
  company_server server{{{"MUSTERD_LOG_LEVEL", "debug"}}};
  desk d{server};
  service pos{server};
  for (const auto& [text, mark] : secrets) {
    CAPTURE(text);
    // Refused, whoever asks: with the text in the path, as a field's name, and as its value.
    for (const auto& route : listed_routes(server))
      if (route.method != "GET")
        for (auto* http : {&d.admin->http, &pos.http})
          http->send(
              route.method, filled(route.path, text),
              with_headers(text, json({{text, text}, {"name", text}, {"reasonCode", text}, {"note", text}})));
    server.client().send("GET", "/api/security/me?" + encoded(text) + "=" + encoded(text),
                         with_headers(text, {}));
    server.sign_in(text, text, text);

    // Accepted, with the text where the record keeps it.
    auto role =
        d.admin->http.send("POST", "/api/security/roles",
                           with_headers(text, json({{"roleName", to_string(uuid::generate())},
                                                    {"description", "pays with " + text},
                                                    {"allowedScopes", boost::json::array{"GLOBAL"}}})));
    CHECK_MESSAGE(role.status == 201, role.body);
    CHECK(text_at(role, "/description") == "pays with " + text);
    auto subject = text_at(role, "/roleId");
    CHECK(number_of(server.db(), "SELECT count(*) FROM audit.entry WHERE subject_id = '" + subject +
                                     "' AND details::text LIKE '%pays with %***%'") == 1);
    auto let_in = d.admin->http.send(
        "POST", "/api/security/services",
        with_headers(text, json({{"name", "svc." + to_string(uuid::generate())},
                                 {"description", text},
                                 {"scopes", boost::json::array{"security:authorization:decide"}}})));
    CHECK_MESSAGE(let_in.status == 201, let_in.body);
    auto who = d.user();
    auto disabled = d.admin->http.send("POST", "/api/people/users/" + who.user_id + "/disable",
                                       with_headers(text, json({{"statusReasonCode", "OTHER"}})));
    CHECK_MESSAGE(disabled.status == 200, disabled.body);
    auto event = fmt::format(
        R"({{"eventId":"{0}","event":{{"eventType":"REFUND","occurredAt":"{1}","actorId":"{2}","subjectType":"{3}",)"
        R"("subjectId":"{2}","references":[{{"type":"{3}","id":"{3}"}}],"reason":"{3}",)"
        R"("details":{{"{3}":"x","free":["{3}",{{"n":4000056655665556,"e":"4000\u00200566 5566 5556"}}],)"
        R"("clientSecret":"hidden-in-plain-sight","by":"{3}"}}}}}})",
        to_string(uuid::generate()), to_string(wall_clock_now()), nobody, text);
    auto recorded = pos.http.send("POST", "/internal/audit/events", with_headers(text, event));
    CHECK_MESSAGE(recorded.status == 202, recorded.body);
    CHECK(recorded.header("x-correlation-id") != text);
  }
  for (const auto& [text, mark] : secrets)
    CHECK_MESSAGE(shown_in(server, mark).empty(), shown_in(server, mark));
  CHECK(server.process().run("audit verify").find("\"valid\":true") != std::string::npos);
}

}  // namespace musterd::testing
