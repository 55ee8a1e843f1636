#include "tests/http/access/listed_routes.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

namespace musterd::testing {

TEST_CASE("walk: without a token every route that is not open answers 401 [G-AUTH-3 D-12]") {
  auto http = shared_server().client();
  int walked = 0;
  for (const auto& route : listed_routes(shared_server())) {
    if (route.access == "OPEN")
      continue;
    CAPTURE(route.path);
    auto path = route.path_with(to_string(uuid::generate()));
    check_error(http.send(route.method, path, message_for(route)), 401, "UNAUTHENTICATED");
    // An unknown caller does not even learn what is wrong with a request.
    check_error(http.send(route.method, path + "?colour=red", message_for(route, "{")), 401,
                "UNAUTHENTICATED");
    ++walked;
  }
  CHECK(walked >= 10);
}

TEST_CASE("walk: another tenant's owner meets nothing of ours on any route") {
  auto& server = shared_server();
  auto ann = server.new_mechanic();
  auto clocked = ann->clock_in();
  auto pause = ann->start_break();
  // Every id we have, wherever a route takes one.
  const std::vector<std::string> ours{ann->person_id,
                                      ann->user_id,
                                      demo_shop,
                                      text_at(clocked, "/timecard/id"),
                                      text_at(clocked, "/clockSession/id"),
                                      text_at(pause, "/id")};
  auto rita = server.signed_in("rival.owner");
  auto before = text_of(
      server.db(),
      fmt::format("SELECT md5(string_agg(b::text, '')) FROM people.break_record b WHERE mechanic_id = '{}'",
                  ann->person_id));
  for (const auto& route : listed_routes(shared_server())) {
    if (route.access == "OPEN")
      continue;
    for (const auto& id : ours) {
      auto path = route.path_with(id);
      if (path.ends_with("/timecards"))
        path += "?from=2026-01-01&to=2026-12-31";
      CAPTURE(route.method);
      CAPTURE(path);
      auto answer =
          rita->http.send(route.method, path,
                          message_for(route, fmt::format(R"({{"locationId":"{}","breakType":"MEAL"}})", id)));
      CHECK(answer.status < 500);
      for (const auto& secret : ours)
        CHECK(answer.body.find(secret) == std::string::npos);
      CHECK(answer.body.find("01941f29-7c00-70f8-a46e-46305d6be9ac") == std::string::npos);
      CHECK(answer.body.find("Brooklyn") == std::string::npos);
      auto body = answer.status == 200 ? json_of(answer) : boost::json::value{};
      if (has(body, "/items"))
        for (const auto& item : body.at("items").as_array())
          CHECK(std::set<std::string>{rival_shop, "(none)", "null"}.contains(text_at(item, "/locationId")));
    }
  }
  CHECK(before ==
        text_of(server.db(),
                fmt::format(
                    "SELECT md5(string_agg(b::text, '')) FROM people.break_record b WHERE mechanic_id = '{}'",
                    ann->person_id)));
  CHECK(number_of(server.db(),
                  fmt::format("SELECT count(*) FROM audit.entry WHERE tenant_id <> '{}' AND actor_id = '{}'",
                              rival_tenant, rita->user_id)) == 0);
}

}  // namespace musterd::testing
