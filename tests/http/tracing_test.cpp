#include "tests/http/desk.hpp"
#include "tests/http/event_tap.hpp"

#include <fmt/format.h>

#include <fstream>

namespace musterd::testing {
namespace {

/// Whether a line of the server's log carries both texts.
bool is_logged(const std::string& correlation_id, std::string_view event) {
  std::ifstream log{shared_server().process().log()};
  for (std::string line; std::getline(log, line);)
    if (line.find(correlation_id) != line.npos && line.find(event) != line.npos)
      return true;
  return false;
}

}  // namespace

TEST_CASE("Guide, Tracing: one request is found again in rows, event, consumer and log") {
  desk d;
  auto nina = d.person();
  auto correlation_id = "follow-" + nina.person_id;
  const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "security.events"};
  auto made = d.admin->http.send("POST", "/api/security/users/provision",
                                 {{{"X-Correlation-Id", correlation_id}, {"traceparent", traceparent}},
                                  json({{"personId", nina.person_id}, {"username", nina.username}})});
  REQUIRE(made.status == 201);
  CHECK(made.header("x-correlation-id") == correlation_id);
  CHECK(text_at(made, "/correlationId") == correlation_id);

  CHECK(number_of(shared_server().db(),
                  fmt::format("SELECT count(*) FROM audit.entry WHERE correlation_id = '{}' AND event_type = "
                              "'USER_PROVISIONED'",
                              correlation_id)) == 1);
  auto messages = tap.take(text_at(made, "/userId"), 1);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].correlation_id == correlation_id);
  CHECK(messages[0].headers.at("traceparent") == traceparent);
  CHECK(text_at(messages[0].body, "/correlationId") == correlation_id);
  CHECK(text_at(messages[0].body, "/payload/correlationId") == correlation_id);
  CHECK(becomes_true(patience, [&] { return is_logged(correlation_id, "user_linked"); }));

  // A refusal is found the same way.
  auto again = d.admin->http.send("POST", "/api/security/users/provision",
                                  {{{"X-Correlation-Id", correlation_id}},
                                   json({{"personId", nina.person_id}, {"username", "another.name"}})});
  check_error(again, 409, "PERSON_ALREADY_LINKED");
  CHECK(text_at(again, "/correlationId") == correlation_id);
  CHECK(is_logged(correlation_id, "PERSON_ALREADY_LINKED"));
}

}  // namespace musterd::testing
