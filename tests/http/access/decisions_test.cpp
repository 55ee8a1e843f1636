#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// The guide's authorization decisions, as other services request them.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto record = "timekeeping:timecard:record";

http_answer batch(service& s, const boost::json::array& questions) {
  return s.http.post("/internal/authz/decisions/batch", json({{"questions", questions}}));
}

}  // namespace

TEST_CASE("decisions: deny by default, and why [G-AUTH-1 G-AUTH-4]") {
  desk d;
  service pos;
  auto ann = d.user();
  auto reason = [&](const std::string& permission, const std::string& shop = {}, const std::string& at = {}) {
    auto answer = pos.decide(ann.user_id, permission, shop, at);
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    CHECK(json_of(answer).as_object().size() == 3);
    return text_at(answer, "/decision") + ' ' + text_at(answer, "/reason");
  };
  CHECK(reason(record) == "DENY NOT_GRANTED");
  CHECK(reason("nobody:knows:this") == "DENY UNKNOWN_PERMISSION");
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  wanted["effectiveEndDate"] = tomorrow;
  d.assigned(wanted);
  CHECK(reason(record, demo_shop) == "ALLOW GRANTED");
  CHECK(reason(record, chicago_shop) == "DENY OTHER_LOCATION");
  CHECK(reason(record) == "DENY OTHER_LOCATION");
  CHECK(reason("people:employee:create", demo_shop) == "DENY NOT_GRANTED");
  CHECK(reason(record, demo_shop, from_now(-25h)) == "DENY NOT_YET_EFFECTIVE");
  CHECK(reason(record, demo_shop, tomorrow) == "DENY EXPIRED");
  CHECK(text_at(pos.decide(nobody, record), "/reason") == "UNKNOWN_USER");
  auto foreign =
      text_of(d.server.db(), "SELECT user_id FROM security.app_user WHERE username = 'rival.owner'");
  CHECK(text_at(pos.decide(foreign, record), "/reason") == "UNKNOWN_USER");
  auto as_principal =
      pos.http.post("/internal/authz/decisions",
                    json({{"principalId", ann.user_id}, {"permission", record}, {"locationId", demo_shop}}));
  CHECK(text_at(as_principal, "/decision") == "ALLOW");
}

TEST_CASE("decisions: a question that makes no sense is refused by its fields [G-AUTH-4]") {
  service pos;
  auto ask = [&](const boost::json::object& q) {
    auto answer = pos.http.post("/internal/authz/decisions", json(q));
    CHECK(answer.status == 400);
    return wrong_fields(answer);
  };
  using fields = std::set<std::string>;
  CHECK(ask({{"permission", record}}) == fields{"userId"});
  CHECK(ask({{"permission", record}, {"userId", nobody}, {"principalId", nobody}}) == fields{"userId"});
  CHECK(ask({{"permission", "Bad"}, {"userId", nobody}}) == fields{"permission"});
  CHECK(ask({{"permission", "a:b:" + std::string(197, 'c')}, {"userId", nobody}}) == fields{"permission"});
  CHECK(ask({{"permission", record}, {"userId", nobody}, {"tenantId", rival_tenant}}) == fields{"tenantId"});
  CHECK(ask({{"permission", record}, {"userId", nobody}, {"at", "today"}}) == fields{"at"});
}

TEST_CASE("decisions: explain tells what allowed it, or the nearest miss [G-AUTH-4]") {
  desk d;
  service pos;
  auto ann = d.user();
  CHECK(text_at(pos.explain(ann.user_id, record), "/explanation") ==
        "none of the user's roles grants this permission");
  CHECK(text_at(pos.explain(nobody, record), "/explanation") == "there is no such user");
  d.assigned(d.assignment(ann.user_id, "MECHANIC", chicago_shop));
  CHECK(text_at(pos.explain(ann.user_id, record, demo_shop), "/explanation") ==
        fmt::format("role MECHANIC: holds at location {} only", chicago_shop));
  auto wanted = d.assignment(ann.user_id, "MECHANIC", demo_shop);
  auto over = from_now(-1h);
  wanted["effectiveEndDate"] = over;
  auto id = d.assigned(wanted);
  auto missed = json_of(pos.explain(ann.user_id, record, demo_shop));
  CHECK(text_at(missed, "/decision") == "DENY");
  CHECK(text_at(missed, "/reason") == "EXPIRED");
  CHECK(text_at(missed, "/explanation") == "role MECHANIC: expired " + over);
  REQUIRE(missed.at("considered").as_array().size() == 2);
  CHECK(text_at(missed, "/considered/0/assignmentId") == id);
  CHECK(text_at(missed, "/considered/0/explanation") == "expired " + over);
  CHECK(text_at(missed, "/considered/0/effectiveEndDate") == over);
  CHECK(text_at(missed, "/considered/1/reason") == "OTHER_LOCATION");
  auto allowed = json_of(pos.explain(ann.user_id, record, chicago_shop));
  CHECK(text_at(allowed, "/decision") == "ALLOW");
  CHECK(text_at(allowed, "/explanation") == "role MECHANIC: in force since " + yesterday);
  wanted["effectiveStartDate"] = tomorrow;
  wanted["effectiveEndDate"] = nullptr;
  wanted["locationId"] = los_angeles_shop;
  d.assigned(wanted);
  CHECK(text_at(pos.explain(ann.user_id, record, los_angeles_shop), "/explanation") ==
        "role MECHANIC: begins " + tomorrow);
}

TEST_CASE("decisions: a batch is answered in its order, up to a thousand questions [G-AUTH-4]") {
  desk d;
  service pos;
  auto ann = d.user();
  d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop));
  boost::json::array questions;
  for (int i = 0; i < 1000; ++i)
    questions.push_back(i % 3 == 0   ? question(ann.user_id, record, demo_shop)
                        : i % 3 == 1 ? question(nobody, record, demo_shop)
                                     : question(ann.user_id, record, chicago_shop));
  auto answer = batch(pos, questions);
  REQUIRE(answer.status == 200);
  auto decisions = json_of(answer).at("decisions").as_array();
  REQUIRE(decisions.size() == 1000);
  int wrong = 0;
  for (std::size_t i = 0; i < 1000; ++i)
    wrong +=
        text_at(decisions[i], "/reason") != std::array{"GRANTED", "UNKNOWN_USER", "OTHER_LOCATION"}[i % 3];
  CHECK(wrong == 0);
  questions.push_back(question(ann.user_id, record));
  check_error(batch(pos, questions), 400, "VALIDATION_FAILED");
  check_error(batch(pos, {}), 400, "VALIDATION_FAILED");
  auto bad = batch(pos, {question(ann.user_id, record), question(ann.user_id, "Bad")});
  CHECK(text_at(bad, "/fieldErrors/0/field") == "questions.[1].permission");
}

TEST_CASE("decisions: users who sleep are woken for a question, one or many [G-AUTH-4]") {
  company_server fresh;
  desk d{fresh};
  service pos{fresh};
  // People of the seed, whose actors sleep since the start.
  auto sleepers = boost::json::parse(text_of(
      fresh.db(), fmt::format("SELECT jsonb_agg(DISTINCT u.user_id) FROM security.app_user u JOIN "
                              "people.role_assignment a USING (tenant_id, user_id) JOIN security.role "
                              "r USING (tenant_id, role_id) WHERE u.tenant_id = '{}' AND r.role_name = "
                              "'MECHANIC' AND a.location_id = '{}'",
                              demo_tenant, chicago_shop)));
  const auto& users = sleepers.as_array();
  REQUIRE(users.size() >= 5);
  auto awake = [&] { return metric(d.metrics(), R"(entities_awake{aggregate="person"})"); };
  auto before = awake();
  CHECK(pos.decision(text_at(users[0], ""), record, chicago_shop) == "ALLOW");
  boost::json::array questions;
  for (const auto& u : users)
    for (int i = 0; i < 3; ++i)
      questions.push_back(question(text_at(u, ""), record, chicago_shop));
  auto answers = json_of(batch(pos, questions));
  for (const auto& one : answers.at("decisions").as_array())
    CHECK(text_at(one, "/decision") == "ALLOW");
  CHECK(awake() == before + static_cast<double>(users.size()));
}

TEST_CASE("decisions: what was in force at any instant decides about it, however long ago and however much "
          "came since [G-AUTH-4 S89-F7]") {
  company_server fresh;
  desk d{fresh};
  service pos{fresh};
  auto user = text_of(fresh.db(),
                      fmt::format("SELECT min(user_id::text) FROM security.app_user WHERE tenant_id = '{}' "
                                  "AND username = 'ana.flores'",
                                  demo_tenant));
  // One day each, the last a year ago: more than a person's actor remembers.
  pqxx::nontransaction{fresh.db()}.exec(fmt::format(
      "INSERT INTO people.role_assignment SELECT r.tenant_id, gen_random_uuid(), '{1}', r.role_id, "
      "'LOCATION', '{2}', "
      "now() - (366 + n) * interval '1 day', now() - (365 + n) * interval '1 day', now(), now(), '{1}', "
      "NULL, 1 "
      "FROM security.role r, generate_series(1, 150) n WHERE r.tenant_id = '{0}' AND role_name = 'MECHANIC'",
      demo_tenant, user, los_angeles_shop));
  auto then = [&](int days) { return from_now(-24h * days - 12h); };
  auto reason = [&](int days) {
    return text_at(pos.decide(user, record, los_angeles_shop, then(days)), "/reason");
  };
  CHECK(reason(366 + 10) == "GRANTED");
  CHECK(reason(365 + 149) == "GRANTED");
  CHECK(reason(365 + 160) == "NOT_YET_EFFECTIVE");
  CHECK(reason(300) == "EXPIRED");
  CHECK(text_at(pos.explain(user, record, los_angeles_shop, then(365 + 149)), "/decision") == "ALLOW");
  auto asked = [&](int days) {
    auto one = question(user, record, los_angeles_shop);
    one["at"] = then(days);
    return one;
  };
  auto answers = json_of(batch(pos, {asked(365 + 149), asked(300), asked(366 + 10), asked(365 + 130)}));
  std::string found;
  for (const auto& one : answers.at("decisions").as_array())
    found += text_at(one, "/decision") + ' ';
  CHECK(found == "ALLOW DENY ALLOW ALLOW ");
}

TEST_CASE("decisions: a disabled user is denied everything [G-AUTH-4 S90-R1]") {
  desk d;
  service pos;
  auto one = add_mechanics(d.server.db(), 1).front();
  auto user = text_of(d.server.db(), fmt::format("UPDATE security.app_user SET status = 'DISABLED' WHERE "
                                                 "person_id = '{}' RETURNING user_id",
                                                 one.person_id));
  auto answer = pos.decide(user, record, demo_shop);
  CHECK(text_at(answer, "/decision") == "DENY");
  CHECK(text_at(answer, "/reason") == "USER_NOT_ACTIVE");
  CHECK(text_at(pos.explain(user, record, demo_shop), "/explanation") == "the user is not active");
}

TEST_CASE("decision metrics: decisions by outcome and domain of the permission, never by user [G-MET-7 "
          "G-MET-8 G-MET-9]") {
  desk d;
  service pos;
  auto ann = d.user();
  d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop));
  auto before = d.metrics();
  pos.decide(ann.user_id, record, demo_shop);
  pos.decide(ann.user_id, record);
  pos.decide(ann.user_id, "made:up:key");
  batch(pos, {question(ann.user_id, record, demo_shop), question(ann.user_id, record, demo_shop)});
  auto after = d.metrics();
  auto rise = [&](const char* sample) { return metric(after, sample) - metric(before, sample); };
  CHECK(rise(R"(security_authz_decisions_total{decision="allow",permissionDomain="timekeeping"})") == 3);
  CHECK(rise(R"(security_authz_decisions_total{decision="deny",permissionDomain="timekeeping"})") == 1);
  CHECK(rise(R"(security_authz_decisions_total{decision="deny",permissionDomain="unknown"})") == 1);
  CHECK(rise("security_authz_decision_latency_ms_count") == 5);
  CHECK(after.find("made") == std::string::npos);
}

}  // namespace musterd::testing
