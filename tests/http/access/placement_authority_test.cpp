#include "tests/http/people/placement_desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

#include <atomic>
#include <barrier>
#include <thread>

/// Story 86 with scopes: what one shop's manager may take from the people of another.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

/// Somebody with a primary place in Chicago who is to help out in Brooklyn, whose manager wants them.
struct poaching : placement_desk {
  newcomer ann = person();
  std::string there = placed(placement(ann.person_id, chicago_shop, true));
  std::string helping = placed(helping_out(ann));
  std::unique_ptr<visitor> lisa = holder_at(demo_shop, "SHOP_MANAGER");

  static boost::json::object helping_out(const newcomer& who) {
    auto wanted = placement(who.person_id, demo_shop);
    wanted["role"] = "HELPER";
    wanted["effectiveStartAt"] = from_now(720h);
    return wanted;
  }
  http_answer place_here(bool primary, const std::string& from, const std::string& until = {}) {
    auto wanted = placement(ann.person_id, demo_shop, primary);
    wanted["effectiveStartAt"] = from;
    if (!until.empty())
      wanted["effectiveEndAt"] = until;
    return lisa->http.post(path, json(wanted));
  }
  http_answer change_here(const std::string& id, boost::json::object changes) {
    changes["version"] = 1;
    return lisa->http.send("PATCH", path + "/" + id, body(changes));
  }
  bool untouched() {
    auto now = shown(there);
    return text_at(now, "/version") == "1" && text_at(now, "/effectiveEndAt") == "null";
  }
};

/// Refused plainly and on record, without revealing what is there.
void check_exceeds(poaching& p, const http_answer& answer) {
  check_error(answer, 403, "EXCEEDS_OWN_AUTHORITY",
              "This takes from the person's time at another shop, where you hold no such permission.");
  CHECK(answer.body.find(p.there) == std::string::npos);
  CHECK(answer.body.find(chicago_shop) == std::string::npos);
  auto sql = fmt::format("SELECT reason_code FROM audit.entry WHERE entry_id = '{}' AND actor_id = '{}'",
                         text_at(answer, "/details/decisionId"), p.lisa->user_id);
  CHECK(becomes_true(patience, [&] { return text_of(p.server.db(), sql) == "EXCEEDS_OWN_AUTHORITY"; }));
}

}  // namespace

TEST_CASE("Security: placements: a shop's manager does not take another shop's person") {
  poaching p;
  for (const auto& from : {tomorrow, yesterday, from_now(-48h)}) {
    CAPTURE(from);
    check_exceeds(p, p.place_here(true, from));
  }
  auto beside = p.place_here(false, tomorrow);
  REQUIRE_MESSAGE(beside.status == 201, beside.body);
  check_exceeds(p, p.change_here(text_at(beside, "/assignment/assignmentId"), {{"isPrimary", true}}));
  CHECK(p.untouched());
}

TEST_CASE("Security: placements: whoever holds the permission at both shops may") {
  poaching p;
  p.assigned(p.assignment(p.lisa->user_id, "SHOP_MANAGER", chicago_shop));
  auto made = p.place_here(true, tomorrow);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  CHECK(text_at(made, "/demoted/assignmentId") == p.there);
  CHECK(text_at(p.shown(p.there), "/updatedBy") == p.lisa->user_id);
  auto entries = p.audit(p.there, "PersonLocationAssignmentUpdated");
  REQUIRE(entries.size() == 1);
  CHECK(text_at(entries[0], "/actor_id") == p.lisa->user_id);
  CHECK(text_at(entries[0], "/location_id") == chicago_shop);
}

TEST_CASE("Security: placements: nothing reaches back into a person's time at another shop") {
  poaching p;
  check_exceeds(p, p.place_here(false, from_now(-1h)));
  check_exceeds(p, p.place_here(false, from_now(-48h), from_now(-23h)));
  auto beside = p.place_here(false, from_now(0s));
  REQUIRE_MESSAGE(beside.status == 201, beside.body);
  auto id = text_at(beside, "/assignment/assignmentId");
  check_exceeds(p, p.change_here(id, {{"effectiveStartAt", from_now(-1h)}}));
  // Before they came there, and at the manager's own shop, Story 86 alone decides.
  CHECK(p.place_here(false, from_now(-72h), from_now(-48h)).status == 201);
  CHECK(p.change_here(id, {{"effectiveEndAt", tomorrow}}).status == 200);
  CHECK(p.untouched());
  auto own = p.person();
  auto backdated = p.placement(own.person_id, demo_shop, true);
  CHECK(p.lisa->http.post(p.path, json(backdated)).status == 201);
}

TEST_CASE("Security: placements: once the permission there is taken away nobody is taken any more") {
  for (int round = 0; round < 4; ++round) {
    poaching p;
    auto both = p.assigned(p.assignment(p.lisa->user_id, "SHOP_MANAGER", chicago_shop));
    std::vector<newcomer> wanted;
    for (int i = 0; i < 24; ++i) {
      wanted.push_back(p.person());
      p.placed(p.placement(wanted.back().person_id, chicago_shop, true));
      p.placed(p.helping_out(wanted.back()));
    }
    std::barrier ready{2};
    std::atomic<bool> taken_away = false;
    std::jthread revoker{[&] {
      ready.arrive_and_wait();
      taken_away = p.end(both).status == 200;
    }};
    ready.arrive_and_wait();
    for (const auto& who : wanted) {
      auto place = p.placement(who.person_id, demo_shop, true);
      place["effectiveStartAt"] = tomorrow;
      bool too_late = taken_away;
      auto answer = p.lisa->http.post(p.path, json(place));
      // 503: what she holds changed between the decision and its commit; nothing was written.
      CHECK(((answer.status == 201 && !too_late) || answer.status == 503 ||
             text_at(answer, "/code") == "EXCEEDS_OWN_AUTHORITY"));
    }
    revoker.join();
    REQUIRE(taken_away);
    check_exceeds(p, p.place_here(true, tomorrow));
  }
}

}  // namespace musterd::testing
