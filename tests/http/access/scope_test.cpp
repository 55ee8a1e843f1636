#include "tests/http/access/two_shops.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Who sees whom (docs/decisions/0034-scope.md): every read in the OpenAPI document, by a holder of every
/// permission at one shop, about somebody at another.
namespace musterd::testing {
namespace {

/// An error without what differs between requests.
std::string bare(const http_answer& answer) {
  auto object = json_of(answer).as_object();
  for (const auto* changing : {"correlationId", "timestamp"})
    object.erase(changing);
  if (object.contains("details") && object["details"].is_object())
    object["details"].as_object().erase("decisionId");
  return fmt::format("{} {}", answer.status, json(object));
}

/// Exports belong to their requester, whoever they are about.
bool is_own_export(const read_route& read) {
  return read.route.path.starts_with("/api/audit/exports/");
}

}  // namespace

TEST_CASE(
    "Security: scope: every route that a permission at one shop opens says whose people it shows [D-55]") {
  int said = 0;
  for (const auto& route : listed_routes(shared_server())) {
    CAPTURE(route.method);
    CAPTURE(route.path);
    bool opened_by_a_shop = route.access == "PERMISSION";
    CHECK((route.people == "NONE" || route.people == "OF_COVERED_SHOPS") == opened_by_a_shop);
    said += opened_by_a_shop;
  }
  CHECK(said >= 20);
}

TEST_CASE("Security: scope: no read shows a shop's holder anything of another shop's people, whoever asks "
          "how [D-55]") {
  two_shops d;
  auto here = d.working_at(demo_shop), there = d.working_at(chicago_shop);
  int shown = 0;
  for (const auto& read : reads_of(d.server)) {
    CAPTURE(read.route.path);
    for (const auto& path : ways_to_ask(read, there)) {
      auto answer = d.holder->http.get(path);
      CAPTURE(path);
      CHECK(answer.status < 500);
      CHECK_MESSAGE(there.in(answer.body).empty(), answer.body);
    }
    if (read.route.people != "OF_COVERED_SHOPS" || is_own_export(read))
      continue;
    // A read that shows nobody anything would prove nothing.
    CHECK_MESSAGE(shows(*d.owner, read, there), "the owner is shown nobody: let working_at do more");
    CHECK_MESSAGE(shows(*d.holder, read, here), "the holder is not shown the people of the own shop");
    ++shown;
  }
  CHECK(shown >= 10);
}

TEST_CASE("Security: scope: whoever has left a shop has left its holders' reads, with all that was there") {
  two_shops d;
  auto left = d.working_at(demo_shop);
  CHECK(d.end(left.ids[2]).status == 200);
  CHECK(d.finish(left.ids[3]).status == 200);
  d.placed(d.placement(left.who.person_id, chicago_shop));
  int asked = 0;
  for (const auto& read : reads_of(d.server)) {
    // The trail is the shop's, not the person's.
    if (read.route.people != "OF_COVERED_SHOPS" || read.route.path.starts_with("/api/audit/"))
      continue;
    CAPTURE(read.route.path);
    CHECK_FALSE(shows(*d.holder, read, left));
    CHECK(shows(*d.owner, read, left));
    ++asked;
  }
  CHECK(asked >= 8);
}

TEST_CASE("Security: scope: somebody of another shop is answered exactly as nobody") {
  two_shops d;
  auto there = d.working_at(chicago_shop);
  int compared = 0;
  auto same = [&](const std::string& of_them, const std::string& of_nobody) {
    CAPTURE(of_them);
    auto theirs = d.holder->http.get(of_them), nobodys = d.holder->http.get(of_nobody);
    CHECK(bare(theirs) == bare(nobodys));
    compared += nobodys.status == 404;
  };
  for (const auto& read : reads_of(d.server)) {
    auto needed = needed_by(read, there);
    for (const auto& id : there.ids) {
      if (read.takes_id())
        same(read.route.path_with(id) + '?' + needed, read.route.path_with(nobody) + '?' + needed);
      for (const auto& name : read.optional)
        if (name == "personId" || name == "userId")
          same(read.route.path + '?' + name + '=' + id, read.route.path + '?' + name + '=' + nobody);
    }
  }
  CHECK(compared >= 30);
  for (const std::string path : {"/api/people/role-assignments/", "/api/people/location-assignments/"}) {
    auto changed = [&](const std::string& id) {
      return bare(d.holder->http.send(
          "PATCH", path + id,
          body({{path.find("role") == std::string::npos ? "effectiveEndAt" : "effectiveEndDate", nullptr},
                {"version", 1}})));
    };
    auto ended = [&](const std::string& id) { return bare(d.holder->http.post(path + id + "/end", "{}")); };
    for (const auto& id : there.ids) {
      CHECK(changed(id) == changed(nobody));
      CHECK(ended(id) == ended(nobody));
    }
  }
}

TEST_CASE("Security: scope: counts and pages know only the shop's people") {
  two_shops d;
  auto here = d.working_at(demo_shop), there = d.working_at(chicago_shop);
  const std::string named_so = "/api/people/persons?search=Zimmer&pageSize=1";
  auto first = json_of(d.holder->http.get(named_so + "&pageIndex=0"));
  auto everybody = json_of(d.owner->http.get(named_so));
  auto of_shop = [&](visitor& by) {
    std::vector<std::string> met;
    std::string next;
    for (;;) {
      auto page = json_of(by.http.get(named_so + next));
      for (const auto& item : page.at("items").as_array())
        met.push_back(text_at(item, "/firstName"));
      if (text_at(page, "/nextPageToken") == "null")
        return met;
      next = "&pageToken=" + text_at(page, "/nextPageToken");
    }
  };
  auto mine = of_shop(*d.holder), all = of_shop(*d.owner);
  CHECK(text_at(first, "/totalCount") == std::to_string(mine.size()));
  CHECK(text_at(everybody, "/totalCount") == std::to_string(all.size()));
  CHECK(std::count(mine.begin(), mine.end(), here.mark) == 1);
  CHECK(std::count(mine.begin(), mine.end(), there.mark) == 0);
  CHECK(std::count(all.begin(), all.end(), there.mark) == 1);
  // A page token for the whole company is not valid for the shop.
  check_error(d.holder->http.get(named_so + "&pageToken=" + text_at(everybody, "/nextPageToken")), 400,
              "VALIDATION_FAILED");
}

TEST_CASE("Security: scope: people are seen from the day they are entered for a shop until they leave it") {
  two_shops d;
  auto nina = d.person();
  auto seen = [&] {
    auto page = json_of(d.holder->http.get("/api/people/persons?search=" + nina.email));
    return page.at("items").as_array().size() == 1;
  };
  CHECK_FALSE(seen());
  auto coming = d.placement(nina.person_id);
  coming["effectiveStartAt"] = tomorrow;
  auto id = d.placed(coming);
  CHECK(seen());
  CHECK(d.holder->http.get(d.path + "/" + id).status == 200);
  CHECK(d.finish(id, {{"effectiveEndAt", tomorrow}}).status == 200);  // never to begin
  CHECK_FALSE(seen());
  check_error(d.holder->http.get(d.path + "/" + id), 404, "ASSIGNMENT_NOT_FOUND");
  d.provision(nina);
  auto user_id =
      text_of(d.server.db(),
              fmt::format("SELECT user_id FROM security.app_user WHERE person_id = '{}'", nina.person_id));
  auto role = d.assigned(d.assignment(user_id, "MECHANIC", demo_shop));
  CHECK(seen());
  CHECK(d.end(role).status == 200);
  CHECK_FALSE(seen());
  d.assigned(d.assignment(user_id, "MANAGER"));  // everywhere is not at a shop
  CHECK_FALSE(seen());
  d.placed(d.placement(nina.person_id, chicago_shop));
  CHECK_FALSE(seen());
}

}  // namespace musterd::testing
