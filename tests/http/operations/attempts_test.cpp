#include "tests/http/servers/server_log.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/text.hpp"
#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// What is counted, logged and audited of changes that were refused, whoever refused them.
namespace musterd::testing {
namespace {

const std::string breaks = "/api/people/me/breaks/start";
const std::string grants = "/api/people/role-assignments";

/// A server of its own: nothing else counts there, nor do commands that without a broker wait for an answer.
struct counted_desk {
  company_server server{{{"MUSTERD_OFFBOARDING_ANSWER_WITHIN", "1h"}}};
  desk at{server};

  std::function<double(std::string_view)> since() {
    return [this, before = at.metrics()](std::string_view sample) {
      return metric(at.metrics(), sample) - metric(before, sample);
    };
  }
  http_answer disable(visitor& by, const std::string& user, const boost::json::object& how = {}) {
    return by.http.post("/api/people/users/" + user + "/disable", json(how));
  }
  /// The only entry about a refused deactivation of the user, once it is there.
  boost::json::value refused_entry(const std::string& user, const std::string& type = "user.disabled") {
    boost::json::array entries;
    REQUIRE(becomes_true(patience, [&] {
      entries = at.audit(user, type);
      return !entries.empty();
    }));
    REQUIRE(entries.size() == 1);
    return entries[0];
  }
};

counted_desk& counted() {
  shared_server();  // made first, so that the template it copies is destroyed last
  static counted_desk only;
  return only;
}

http_message with_key(const std::string& key, const std::string& body) {
  return {{{"Idempotency-Key", key}}, body};
}

}  // namespace

TEST_CASE("answers: a repeated key is neither a refusal nor another success") {
  auto& c = counted();
  auto ann = c.server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  auto meal = with_key(to_string(uuid::generate()), R"({"breakType":"MEAL"})");
  auto rise = c.since();
  for (int i = 0; i < 4; ++i)
    REQUIRE(ann->http.send("POST", breaks, meal).status == 201);
  CHECK(rise(R"(commands_total{command="start_break",outcome="ok"})") == 1);
  CHECK(rise(R"(commands_total{command="start_break",outcome="replayed"})") == 3);
  CHECK(rise(R"(commands_total{command="start_break",outcome="BREAK_ALREADY_IN_PROGRESS"})") == 0);
  CHECK(rise("break_duplicate_prevented_total") == 0);
  CHECK(rise(R"(break_started_total{type="MEAL"})") == 1);
  CHECK(logged(c.server, {ann->user_id, "refused"}).empty());
  // Without the key it is a refusal, counted once.
  CHECK(ann->start_break().status == 409);
  CHECK(rise("break_duplicate_prevented_total") == 1);
  CHECK(soon_logged(c.server, {ann->user_id, "refused", "BREAK_ALREADY_IN_PROGRESS"}).size() == 1);
}

TEST_CASE("answers: a repeated grant and a repeated deactivation count once [S90-F19]") {
  auto& c = counted();
  auto nina = c.at.user();
  auto rise = c.since();
  auto grant = with_key(to_string(uuid::generate()), json(c.at.assignment(nina.user_id, "AUDITOR")));
  auto disable = with_key(to_string(uuid::generate()), "{}");
  for (int i = 0; i < 3; ++i)
    REQUIRE(c.at.admin->http.send("POST", grants, grant).status == 201);
  for (int i = 0; i < 3; ++i)
    REQUIRE(c.at.admin->http.send("POST", "/api/people/users/" + nina.user_id + "/disable", disable).status ==
            200);
  CHECK(rise(R"(security_principal_role_mutations_total{outcome="success",type="assign"})") == 1);
  CHECK(rise(R"(security_principal_role_mutations_total{outcome="failure",type="assign"})") == 0);
  CHECK(rise("user_deactivation_success_total") == 1);
  CHECK(rise("user_deactivation_failure_total") == 0);
}

TEST_CASE("breaks log: every failed validation is a WARN, also of what no record ever saw [S84-F17]") {
  auto& c = counted();
  auto ann = c.server.new_mechanic();
  CHECK(ann->http.post(breaks, "{}").status == 400);
  CHECK(ann->start_break().status == 409);
  CHECK(ann->end_break().status == 409);
  for (const auto* what : {"start_break of {}: VALIDATION_FAILED (breakType)",
                           "start_break of {}: NOT_CLOCKED_IN", "end_break of {}: NO_ACTIVE_BREAK"}) {
    auto lines = soon_logged(c.server, {fmt::format(fmt::runtime(what), ann->user_id)});
    CAPTURE(what);
    REQUIRE(lines.size() == 1);
    CHECK(text_at(lines[0], "/level") == "WARN");
  }
}

TEST_CASE("breaks log: a line names twenty wrong fields, cut and in plain letters, and how many more there "
          "are [S84-F17]") {
  auto& c = counted();
  boost::json::object wrong{{"breakType", "MEAL"}};
  for (int i = 0; i < 30; ++i)
    wrong[fmt::format("field-{}\u202e\u00e9\x7f{}", i, std::string(200, 'x'))] = i;
  CHECK(c.server.new_mechanic()->http.post(breaks, json(wrong)).status == 400);
  auto lines = soon_logged(c.server, {"VALIDATION_FAILED", "field-"});
  REQUIRE(lines.size() == 1);
  auto said = text_at(lines[0], "/text");
  CAPTURE(said);
  CHECK(std::count(said.begin(), said.end(), ',') == 19);
  CHECK(said.ends_with(" and 10 more)"));
  CHECK(said.size() < 20 * 66 + 200);
  CHECK(is_printable_ascii(said));
}

TEST_CASE("role assignment metrics: 400, 403 and 404 are failed calls too [S89-F16]") {
  auto& c = counted();
  auto nina = c.at.user();
  auto ann = c.server.new_mechanic();
  auto rise = c.since();
  auto wanted = c.at.assignment(nina.user_id, "AUDITOR");
  CHECK(c.at.admin->http.post(grants, "{}").status == 400);
  CHECK(ann->http.post(grants, json(wanted)).status == 403);
  wanted["userId"] = nobody;
  CHECK(c.at.assign(wanted).status == 404);
  CHECK(rise(R"(security_principal_role_mutations_total{outcome="failure",type="assign"})") == 3);
  CHECK(c.at.end(nobody).status == 404);
  CHECK(rise(R"(security_principal_role_mutations_total{outcome="failure",type="revoke"})") == 1);
  CHECK(c.at.patch(nobody, {{"effectiveEndDate", tomorrow}}).status == 400);
  CHECK(rise(R"(security_principal_role_mutations_total{outcome="failure",type="change"})") == 1);
}

TEST_CASE(
    "answers: refused provisionings and changes of roles count, whoever refused them [G-MET-1 G-MET-4]") {
  auto& c = counted();
  auto ann = c.server.new_mechanic();
  auto rise = c.since();
  CHECK(ann->http.post("/api/security/users/provision", "{}").status == 403);
  CHECK(c.at.admin->http.post("/api/security/users/provision", "{}").status == 400);
  CHECK(rise(R"(security_provision_requests_total{outcome="failure"})") == 2);
  CHECK(rise("security_provision_latency_ms_count") == 2);
  CHECK(ann->http.post("/api/security/roles", "{}").status == 403);
  CHECK(c.at.admin->http.post("/api/security/roles", "{}").status == 400);
  CHECK(rise(R"(security_role_mutations_total{outcome="failure",type="create"})") == 2);
}

TEST_CASE(
    "offboarding: every refused deactivation is counted and audited, whoever refused it [S90-AC5 S90-F20]") {
  auto& c = counted();
  auto ann = c.server.new_mechanic();
  auto rise = c.since();
  struct refusal {
    int status;
    const char* code;
    const char* outcome;
  };
  auto check = [&](const std::string& user, const std::string& actor, const refusal& what) {
    auto entry = c.refused_entry(user);
    CAPTURE(what.code);
    CHECK(text_at(entry, "/outcome") == what.outcome);
    CHECK(text_at(entry, "/actor_id") == actor);
    CHECK(text_at(entry, "/subject_type") == "User");
    CHECK(text_at(entry, "/tenant_id") == demo_tenant);
    CHECK(text_at(entry, "/details/code") == what.code);
    CHECK(text_at(entry, "/details/subject/id") == user);
    CHECK(text_at(entry, "/details/actor/id") == actor);
    CHECK(parse_timestamp(text_at(entry, "/details/timestamp")).has_value());
    return entry;
  };
  auto& admin = *c.at.admin;
  auto one = c.at.user(), two = c.at.user(), three = c.at.user(), four = c.at.user();
  CHECK(c.disable(*ann, one.user_id).status == 403);
  auto denied = check(one.user_id, ann->user_id, {403, "ACCESS_DENIED", "DENIED"});
  CHECK(text_at(denied, "/details/subject/personId") == one.person_id);
  CHECK(text_at(denied, "/details/outcome") == "denied");

  CHECK(c.disable(admin, two.user_id, {{"statusReasonCode", "BECAUSE"}}).status == 400);
  auto invalid = check(two.user_id, admin.user_id, {400, "VALIDATION_FAILED", "FAILURE"});
  CHECK(text_at(invalid, "/reason_code") == "BECAUSE");
  CHECK(text_at(invalid, "/details/subject/statusReasonCode") == "BECAUSE");
  CHECK(text_at(invalid, "/details/outcome") == "failure");

  auto unknown = to_string(uuid::generate());
  CHECK(c.disable(admin, unknown).status == 404);
  auto missing = check(unknown, admin.user_id, {404, "USER_NOT_FOUND", "FAILURE"});
  CHECK(text_at(missing, "/details/subject/personId") == "null");

  CHECK(c.disable(admin, admin.user_id).status == 409);
  auto own = check(admin.user_id, admin.user_id, {409, "CANNOT_DISABLE_SELF", "FAILURE"});
  CHECK(text_at(own, "/details/subject/personId") == admin.person_id);

  auto path = "/api/people/users/" + three.user_id + "/disable";
  CHECK(admin.http.send("POST", path, {{{"Content-Type", "text/plain"}}, "{}"}).status == 415);
  check(three.user_id, admin.user_id, {415, "UNSUPPORTED_MEDIA_TYPE", "FAILURE"});
  CHECK(admin.http
            .send("POST", "/api/people/users/" + four.user_id + "/disable",
                  with_key(std::string(300, 'k'), "{}"))
            .status == 400);
  check(four.user_id, admin.user_id, {400, "VALIDATION_FAILED", "FAILURE"});

  // The caller is unknown: no company has a trail to record it.
  CHECK(c.server.client().post("/api/people/users/" + one.user_id + "/disable", "{}").status == 401);
  CHECK(rise("user_deactivation_failure_total") == 7);
  CHECK(logged(c.server, {"deactivation_failed"}).empty());
}

TEST_CASE(
    "offboarding log: a deactivation that could not be carried out is an ERROR, and no conflict [S90-F27]") {
  company_server server;
  desk d{server};
  auto jane = d.user();
  pqxx::nontransaction{server.db()}.exec("ALTER TABLE people.offboarding_case ADD CONSTRAINT nobody_leaves "
                                         "CHECK (false) NOT VALID");
  auto before = d.metrics();
  auto answer = d.admin->http.post("/api/people/users/" + jane.user_id + "/disable", "{}");
  check_error(answer, 500, "CONSTRAINT_VIOLATED");
  auto lines = soon_logged(server, {"deactivation_failed", jane.user_id});
  REQUIRE(lines.size() == 1);
  CHECK(text_at(lines[0], "/level") == "ERROR");
  CHECK(metric(d.metrics(), "user_deactivation_failure_total") -
            metric(before, "user_deactivation_failure_total") ==
        1);
  REQUIRE(becomes_true(patience, [&] { return d.audit(jane.user_id, "user.disabled").size() == 1; }));
  CHECK(text_at(d.audit(jane.user_id, "user.disabled")[0], "/outcome") == "FAILURE");
}

}  // namespace musterd::testing
