#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// What changes of access leave in the audit trail (G-AUD-6; S89-AC8, S89-AC9).
namespace musterd::testing {
namespace {

const std::string entries = "/api/audit/entries";

std::set<std::string> values_of(const http_answer& page, std::string_view pointer) {
  std::set<std::string> result;
  auto body = json_of(page);
  for (const auto& item : body.at("items").as_array())
    result.insert(text_at(item, pointer));
  return result;
}

}  // namespace

TEST_CASE(
    "audit: a role's whole life is found by subject, with its states before and after [S89-F13 G-AUD-9]") {
  desk d;
  auto nina = d.user();
  auto id = d.assigned(d.assignment(nina.user_id, "MECHANIC", demo_shop));
  REQUIRE(d.end(id, {{"reasonCode", "LEFT"}}).status == 200);
  auto auditor = d.server.signed_in("demo.auditor");
  auto found = auditor->http.get(entries + "?subjectId=" + nina.user_id);
  REQUIRE(found.status == 200);
  CHECK(values_of(found, "/eventType") ==
        std::set<std::string>{"USER_PROVISIONED", "RoleAssignmentCreated", "RoleAssignmentEnded"});
  auto ended = json_of(found).at("items").at(0);
  CHECK(text_at(ended, "/eventType") == "RoleAssignmentEnded");  // newest first
  CHECK(text_at(ended, "/reasonCode") == "LEFT");
  CHECK(text_at(ended, "/outcome") == "SUCCESS");
  CHECK(text_at(ended, "/locationId") == demo_shop);
  CHECK(text_at(ended, "/actorId") == d.admin->user_id);
  CHECK(text_at(ended, "/payload/beforeState/effectiveEndDate") == "null");
  CHECK(text_at(ended, "/payload/afterState/assignmentId") == id);
  auto alone = auditor->http.get(entries + '/' + text_at(ended, "/entryId"));
  REQUIRE(alone.status == 200);
  CHECK(text_at(alone, "/entryHash").size() == 64);
  CHECK(uuid::parse(text_at(alone, "/chainId")).has_value());
}

}  // namespace musterd::testing
