#include "tests/http/people/leavers.hpp"
#include "tests/http/servers/server_log.hpp"

#include <fmt/format.h>

/// What operators look for in the log: that a line is there, its level, and what it leaves out.
namespace musterd::testing {
namespace {

std::vector<boost::json::value> lines_of(company_server& server, const std::string& event,
                                         const std::string& about) {
  return logged(server, {fmt::format("\"event\":\"{}\"", event), about});
}

}  // namespace

TEST_CASE(
    "log: a deactivation is INFO, begun and done; what has to be tried again is WARN [S90-F25 S90-F26]") {
  auto& s = shared_leavers();
  in_mood closed{s.workshop, workshop::mood::refuses};
  auto user = s.at_desk.user().user_id;
  auto case_id = s.disabled(user);
  auto level = [&](const std::string& event, const std::string& about) {
    REQUIRE_MESSAGE(becomes_true(patience, [&] { return !lines_of(s.server, event, about).empty(); }), event);
    return text_at(lines_of(s.server, event, about)[0], "/level");
  };
  CHECK(level("requested", user) == "INFO");
  CHECK(level("user_deactivated", user) == "INFO");
  CHECK(level("offboarding_command_failed", case_id) == "WARN");
}

TEST_CASE("log: an export says who took how many entries and which, and shows none [G-LOG-2]") {
  company_server server;
  auto ann = server.new_mechanic();
  auto in = ann->clock_in();
  REQUIRE(in.status == 201);
  auto auditor = server.signed_in("demo.auditor");
  auto trace = "takes-" + auditor->user_id;
  auto wanted = fmt::format(
      R"({{"format":"CSV","filters":{{"dateFrom":"{}","dateTo":"{}","actorId":"{}","eventType":"CLOCKED_IN"}}}})",
      yesterday, tomorrow, ann->user_id);
  auto asked = auditor->http.send("POST", "/api/audit/exports", {{{"X-Correlation-Id", trace}}, wanted});
  REQUIRE_MESSAGE(asked.status == 202, asked.body);
  REQUIRE(becomes_true(patience, [&] { return !lines_of(server, "exported", trace).empty(); }));
  for (auto [event, size] :
       {std::pair{"export_requested", ": 1 entries"}, std::pair{"exported", " 1 rows"}}) {
    CAPTURE(std::string{event});
    auto lines = lines_of(server, event, trace);
    REQUIRE(lines.size() == 1);
    auto said = text_at(lines[0], "/text");
    for (const auto& part : {auditor->user_id, ann->user_id, std::string{"CLOCKED_IN"}, std::string{size}})
      CHECK_MESSAGE(said.find(part) != std::string::npos, said);
    CHECK(said.find(text_at(in, "/timecard/id")) == std::string::npos);
  }
}

TEST_CASE("log: decisions are told at debug level only [G-AUD-8]") {
  company_server talkative{{{"MUSTERD_LOG_LEVEL", "debug"}}};
  service asker{talkative}, quiet;
  CHECK(asker.decision(nobody, "people:person:view") == "DENY");
  CHECK(quiet.decision(nobody, "people:person:view") == "DENY");
  auto lines = soon_logged(talkative, {"\"event\":\"authorization.decision\"", nobody});
  REQUIRE(lines.size() == 1);
  CHECK(text_at(lines[0], "/level") == "DEBUG");
  CHECK(lines_of(shared_server(), "authorization.decision", "").empty());
}

}  // namespace musterd::testing
