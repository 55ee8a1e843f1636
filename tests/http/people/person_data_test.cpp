#include "common/text/uuid.hpp"
#include "tests/http/access/two_shops.hpp"
#include "tests/http/sign_in/authenticator.hpp"

#include <fmt/format.h>

/// The data held about a person, as they or the company get it (docs/decisions/0041).
namespace musterd::testing {
namespace {

std::string data_of(const std::string& person_id) {
  return "/api/people/persons/" + person_id + "/data";
}

/// All records of an export, page by page.
boost::json::array all_of(http_client& http, const std::string& path, int page_size = 500) {
  boost::json::array result;
  std::string token;
  for (int pages = 0; pages < 1000; ++pages) {
    auto answer = http.get(fmt::format("{}?pageSize={}{}", path, page_size, token));
    REQUIRE_MESSAGE(answer.status == 200, answer.body);
    auto page = json_of(answer);
    const auto& items = page.at("records").as_array();
    CHECK(items.size() <= static_cast<std::size_t>(page_size));
    result.insert(result.end(), items.begin(), items.end());
    if (text_at(page, "/nextPageToken") == "null")
      return result;
    token = "&pageToken=" + text_at(page, "/nextPageToken");
  }
  FAIL("the export has no end");
  return result;
}

std::map<std::string, int> counts_of(const boost::json::array& records) {
  std::map<std::string, int> result;
  for (const auto& r : records)
    ++result[text_at(r, "/category")];
  return result;
}

std::int64_t exports_noted(company_server& at, const std::string& person_id, const std::string& by) {
  return number_of(at.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = "
                                        "'PERSON_DATA_EXPORTED' AND subject_id = '{}' AND actor_id = '{}'",
                                        person_id, by));
}

}  // namespace

TEST_CASE("people's data: an export has everything that is held, in any page size, and no secret") {
  placement_desk d;
  auto who = d.user(true);
  d.assigned(d.assignment(who.user_id, "MECHANIC", demo_shop));
  d.placed(d.placement(who.person_id));
  auto worker = d.server.signed_in(who.username, first_password);
  auto start = [&] {
    return worker->http.post("/api/workexec/timers/start",
                             json({{"workOrderId", to_string(uuid::generate())}, {"locationId", demo_shop}}));
  };
  REQUIRE(worker->clock_in().status == 201);
  REQUIRE(worker->start_break().status == 201);
  REQUIRE(start().status == 201);
  REQUIRE(worker->http.post("/api/workexec/timers/stop", "{}").status == 200);
  REQUIRE(start().status == 201);
  auto records = all_of(d.admin->http, data_of(who.person_id));
  auto counts = counts_of(records);
  for (const auto* one : {"PROFILE", "USER_ACCOUNT", "ROLE_ASSIGNMENT", "LOCATION_ASSIGNMENT", "TIMECARD",
                          "RUNNING_JOB_TIMER", "JOB_TIMER", "SIGN_IN_SESSION"})
    CHECK_MESSAGE(counts[one] == 1, one);
  CHECK(counts["AUDIT_ABOUT_PERSON"] >= 1);  // entered
  CHECK(counts["AUDIT_ABOUT_USER"] >= 2);    // provisioned, assigned
  CHECK(counts["AUDIT_BY_USER"] >= 4);       // signed in, clocked in, break, timers
  auto text = boost::json::serialize(records);
  CHECK(text.find(who.email) != std::string::npos);
  CHECK(text.find("\"sessions\":[{") != std::string::npos);
  for (const auto* secret : {"argon2", "secretHash", "passwordHash", "password_hash", "secret_hash"})
    CHECK(text.find(secret) == std::string::npos);
  // An export itself adds to the trail: only its records of the trail may grow.
  auto one_by_one = counts_of(all_of(d.admin->http, data_of(who.person_id), 1));
  CHECK(one_by_one["AUDIT_ABOUT_PERSON"] > counts["AUDIT_ABOUT_PERSON"]);
  one_by_one["AUDIT_ABOUT_PERSON"] = counts["AUDIT_ABOUT_PERSON"];
  CHECK(one_by_one == counts);
}

TEST_CASE("people's data: everybody exports their own, without any role; each page is in the trail") {
  placement_desk d;
  auto nina = d.visitor_without_roles();
  auto records = all_of(nina->http, "/api/people/me/data");
  CHECK(counts_of(records)["PROFILE"] == 1);
  CHECK(text_at(records.front(), "/data/personId") == nina->person_id);
  CHECK(exports_noted(d.server, nina->person_id, nina->user_id) == 1);
  nina->http.get("/api/people/me/data?pageSize=1");
  CHECK(exports_noted(d.server, nina->person_id, nina->user_id) == 2);
  CHECK(nina->http.get(data_of(nina->person_id)).status == 403);
}

TEST_CASE("people's data: who exported whom is in the trail, and nothing where nothing was handed out") {
  placement_desk d;
  auto who = d.person();
  auto rita = d.server.signed_in("rival.owner");
  check_error(rita->http.get(data_of(who.person_id)), 404, "PERSON_NOT_FOUND");
  check_error(d.admin->http.get(data_of(nobody)), 404, "PERSON_NOT_FOUND");
  CHECK(exports_noted(d.server, who.person_id, rita->user_id) == 0);
  CHECK(d.admin->http.get(data_of(who.person_id)).status == 200);
  CHECK(exports_noted(d.server, who.person_id, d.admin->user_id) == 1);
  for (const auto* wrong :
       {"?pageSize=0", "?pageSize=501", "?pageSize=x", "?pageToken=nonsense", "?pageIndex=1"})
    check_error(d.admin->http.get(data_of(who.person_id) + wrong), 400, "VALIDATION_FAILED");
  CHECK(exports_noted(d.server, who.person_id, d.admin->user_id) == 1);
}

TEST_CASE("people's data: other people are in an export by their ids only") {
  placement_desk d;
  auto hr = d.user(true);
  d.assigned(d.assignment(hr.user_id, "HR"));
  auto clerk = d.server.signed_in(hr.username, first_password);
  auto made =
      clerk->http.post("/api/people/persons", json({{"firstName", "Qwendolyn"}, {"lastName", "Zyx"}}));
  REQUIRE(made.status == 201);
  auto records = boost::json::serialize(all_of(clerk->http, "/api/people/me/data"));
  CHECK(records.find(text_at(made, "/personId")) != std::string::npos);
  CHECK(records.find("Qwendolyn") == std::string::npos);
  // The person entered sees what was entered, but not the name of who entered it.
  auto theirs = boost::json::serialize(all_of(d.admin->http, data_of(text_at(made, "/personId"))));
  CHECK(theirs.find("Qwendolyn") != std::string::npos);
  CHECK(theirs.find(hr.username) == std::string::npos);
}

TEST_CASE(
    "people's data: with what one signed in, that there is a second factor, and nothing that opens it") {
  placement_desk d;
  auto who = d.user(true);
  http_client phone{d.server.url(), patience};
  auto signed_in = phone.send(
      "POST", "/api/security/auth/token",
      {{{"User-Agent", "terminal 7"}}, json({{"username", who.username}, {"password", first_password}})});
  REQUIRE(signed_in.status == 200);
  phone.use_token(text_at(signed_in, "/accessToken"));
  auto record_of = [&](std::string_view category) {
    for (const auto& r : all_of(phone, "/api/people/me/data"))
      if (text_at(r, "/category") == category)
        return r.at("data");
    return boost::json::value{};
  };
  CHECK(text_at(record_of("SIGN_IN_SESSION"), "/userAgent") == "terminal 7");
  CHECK(text_at(record_of("USER_ACCOUNT"), "/secondFactorSince") == "null");
  enrol(phone);
  auto account = record_of("USER_ACCOUNT");
  CHECK(text_at(account, "/secondFactorSince") > yesterday);
  CHECK(boost::json::serialize(account).find("ecret") == std::string::npos);
}

TEST_CASE("people's data: from where an admin ended somebody's session is not in that person's data") {
  placement_desk d;
  auto who = d.user(true);
  auto worker = d.server.signed_in(who.username, first_password);
  REQUIRE(d.admin->http
              .send("DELETE", "/api/security/users/" + who.user_id + "/sessions",
                    {{{"User-Agent", "admin's own"}}, {}})
              .status < 300);
  auto text = boost::json::serialize(all_of(d.admin->http, data_of(who.person_id)));
  CHECK(text.find("SESSION") != std::string::npos);
  CHECK(text.find("admin's own") == std::string::npos);
}

namespace {

/// Entries about a person that reached the trail some other way.
void enter(company_server& at, const std::string& person_id, const std::string& category, int many,
           const std::string& details) {
  pqxx::nontransaction{at.db()}.exec(fmt::format(
      "INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, "
      "actor_id, "
      "subject_type, subject_id, outcome, correlation_id, details) SELECT '{0}', gen_random_uuid(), '{1}', "
      "'REFUND', now(), 'USER', '{2}', 'Person', '{2}', 'SUCCESS', 'c', {3} FROM generate_series(1, {4})",
      demo_tenant, category, person_id, details, many));
}

}  // namespace

TEST_CASE("people's data: what cannot be read is said to be so, and keeps nobody from the rest") {
  company_server server;
  placement_desk d{server};
  auto who = d.user();
  auto before = all_of(d.admin->http, data_of(who.person_id));
  enter(server, who.person_id, "OF_ANOTHER_VERSION", 1, "'{}'");
  auto records = all_of(d.admin->http, data_of(who.person_id));
  CHECK(records.size() == before.size() + 2);  // and the entry about the first export
  CHECK(boost::json::serialize(records).find(R"({"unreadable":true})") != std::string::npos);
}

TEST_CASE(
    "people's data: a page is bounded by what is in it; what other domains told takes its own permission") {
  company_server server;
  placement_desk d{server};
  auto who = d.user(true);
  enter(server, who.person_id, "FINANCIAL", 12, "json_build_object('told', repeat('x', 250000))");
  auto first = d.admin->http.get(data_of(who.person_id) + "?pageSize=500");
  CHECK(first.body.size() < 1'600'000);
  CHECK(text_at(first, "/nextPageToken") != "null");
  auto told_in = [](const boost::json::array& records) {
    int told = 0;
    for (const auto& r : records)
      told += boost::json::serialize(r).find("xxxx") != std::string::npos ? 1 : 0;
    return told;
  };
  CHECK(told_in(all_of(d.admin->http, data_of(who.person_id))) == 12);
  auto hr = d.user(true);
  d.assigned(d.assignment(hr.user_id, "HR"));
  auto shown_to_hr = all_of(server.signed_in(hr.username, first_password)->http, data_of(who.person_id));
  CHECK(told_in(shown_to_hr) == 0);
  CHECK(std::ranges::count_if(shown_to_hr, [](const auto& r) {
          return text_at(r, "/data/category") == "FINANCIAL" && text_at(r, "/data/payload") == "null";
        }) == 12);
  CHECK(told_in(all_of(server.signed_in(who.username, first_password)->http, "/api/people/me/data")) == 12);
}

TEST_CASE("Security: people's data: whoever may export at some shops only exports nobody, or they would read "
          "what was done elsewhere") {
  placement_desk d;
  auto office = d.user(true);
  d.assigned(d.assignment(office.user_id, "ADMIN"));
  d.placed(d.placement(office.person_id));
  // An export of a person's actions names whom they affected, at whichever shop.
  auto clerk = d.server.signed_in(office.username, first_password);
  auto made = clerk->http.post("/api/people/persons", json({{"firstName", "Sec"}, {"lastName", "Ret"}}));
  REQUIRE(made.status == 201);
  auto everywhere = d.user(true);
  d.assigned(d.assignment(everywhere.user_id, "HR"));
  auto company_hr = d.server.signed_in(everywhere.username, first_password);
  auto told = boost::json::serialize(all_of(company_hr->http, data_of(office.person_id)));
  CHECK(told.find(text_at(made, "/personId")) != std::string::npos);
  for (const auto* role : {"HR", "MANAGER", "READ_ONLY", "MECHANIC"}) {
    CAPTURE(role);
    auto answer = d.holder_at(demo_shop, role)->http.get(data_of(office.person_id));
    check_error(answer, 403, "ACCESS_DENIED");
    CHECK(answer.body.find(text_at(made, "/personId")) == std::string::npos);
  }
  CHECK(exports_noted(d.server, office.person_id, company_hr->user_id) == 1);
}

}  // namespace musterd::testing
