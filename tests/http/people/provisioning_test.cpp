#include "tests/http/operations/event_tap.hpp"
#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Story 91, "Provision User and Link to Person", over HTTP.
namespace musterd::testing {
namespace {

const std::string provision_path = "/api/security/users/provision";

std::int64_t users_of(const newcomer& who) {
  return number_of(
      shared_server().db(),
      fmt::format("SELECT count(*) FROM security.app_user WHERE person_id = '{}'", who.person_id));
}

std::string link_status(desk& d, const std::string& user_id) {
  return text_at(d.admin->http.get("/api/security/users/" + user_id), "/linkStatus");
}

}  // namespace

TEST_CASE("provisioning: a user is made without waiting for the link [S91-AC1 S91-F1 S91-F6 G-PROV-2 "
          "G-PROV-4 D-31 D-33]") {
  desk d;
  auto nina = d.person();
  auto made = d.admin->http.send(
      "POST", provision_path,
      {{{"X-Correlation-Id", "hire-" + nina.person_id}},
       json({{"personId", nina.person_id}, {"username", nina.username}, {"email", nina.email}})});
  REQUIRE(made.status == 201);
  CHECK(json_of(made).as_object().size() == 9);
  CHECK(uuid::parse(text_at(made, "/userId")).has_value());
  CHECK(text_at(made, "/personId") == nina.person_id);
  CHECK(text_at(made, "/username") == nina.username);
  CHECK(text_at(made, "/status") == "ACTIVE");
  CHECK(text_at(made, "/linkStatus") == "PENDING");
  CHECK(text_at(made, "/resolvedExisting") == "false");
  CHECK(text_at(made, "/eventEnqueued") == "true");
  CHECK(text_at(made, "/correlationId") == "hire-" + nina.person_id);
  CHECK(parse_timestamp(text_at(made, "/occurredAt")).has_value());
  CHECK(users_of(nina) == 1);
}

TEST_CASE("provisioning: without a broker a user is made all the same, its event waits, its link is pending "
          "[S91-AC1 S91-F4 G-PROV-2 G-PROV-5]") {
  company_server alone;
  desk d{alone};
  auto nina = d.user();
  CHECK(link_status(d, nina.user_id) == "PENDING");
  CHECK(number_of(alone.db(), fmt::format("SELECT count(*) FROM messaging.outbox WHERE event_type = "
                                          "'UserProvisioned' AND entity_key = '{}'",
                                          nina.user_id)) == 1);
  // User and event are one transaction: a refusal leaves neither.
  auto refused = d.provision(d.person(), {{"email", "other@demo.example"}});
  check_error(refused, 409, "EMAIL_MISMATCH");
  CHECK(number_of(alone.db(), "SELECT count(*) FROM messaging.outbox WHERE event_type = 'UserProvisioned'") ==
        1);
}

TEST_CASE("provisioning: UserProvisioned is published once, with all its fields [S91-AC2 S91-F7 G-PROV-6 "
          "D-34 D-78]") {
  desk d;
  auto nina = d.person();
  event_tap tap{needed_environment("MUSTERD_AMQP_URL"), "security.events"};
  auto made = d.provision(nina);
  REQUIRE(made.status == 201);
  auto user = text_at(made, "/userId");
  auto messages = tap.take(user, 1);
  REQUIRE(messages.size() == 1);
  const auto& m = messages[0];
  CHECK(m.routing_key == "security.user.provisioned.v1");
  CHECK(m.type == "UserProvisioned");
  CHECK(m.correlation_id == text_at(made, "/correlationId"));
  CHECK(text_at(m.body, "/eventId") == m.message_id);
  CHECK(text_at(m.body, "/eventType") == "UserProvisioned");
  CHECK(text_at(m.body, "/tenantId") == demo_tenant);
  const auto& payload = m.body.at("payload");
  CHECK(payload.as_object().size() == 6);
  CHECK(text_at(payload, "/userId") == user);
  CHECK(text_at(payload, "/personId") == nina.person_id);
  CHECK(text_at(payload, "/tenantId") == demo_tenant);
  CHECK(text_at(payload, "/correlationId") == text_at(made, "/correlationId"));
  CHECK(text_at(payload, "/occurredAt") == text_at(made, "/occurredAt"));
  CHECK(text_at(payload, "/eventVersion") == "1");

  // Resolving it publishes nothing: the next message is another user's.
  CHECK(d.provision(nina).status == 200);
  auto next = text_at(d.provision(d.person()), "/userId");
  CHECK(tap.take(next, 1).size() == 1);
  CHECK(tap.take(user, 1, std::chrono::milliseconds{1}).empty());
  CHECK(number_of(d.server.db(), fmt::format("SELECT count(*) FROM audit.entry WHERE event_type = "
                                             "'USER_PROVISIONED' AND subject_id = '{}'",
                                             user)) == 1);
}

TEST_CASE("provisioning: the people side links user and person [S91-AC3 S91-F2 S91-F6 S91-F11 D-33]") {
  desk d;
  // Wait for the links of other tests' users: then the count is this user's.
  REQUIRE(becomes_true(patience, [&] {
    return number_of(d.server.db(),
                     "SELECT count(*) FROM audit.entry WHERE event_type = 'USER_PROVISIONED' AND NOT "
                     "EXISTS (SELECT FROM people.user_person_link WHERE user_id = subject_id)") == 0;
  }));
  auto before = metric(d.metrics(), R"(user_person_links_total{outcome="linked"})");
  auto nina = d.user();
  CHECK(becomes_true(patience, [&] { return link_status(d, nina.user_id) == "LINKED"; }));
  CHECK(
      text_of(d.server.db(), fmt::format("SELECT person_id FROM people.user_person_link WHERE user_id = '{}'",
                                         nina.user_id)) == nina.person_id);
  CHECK(metric(d.metrics(), R"(user_person_links_total{outcome="linked"})") - before == 1);
  auto resolved = d.provision(nina);
  CHECK(resolved.status == 200);
  CHECK(text_at(resolved, "/linkStatus") == "LINKED");
}

TEST_CASE(
    "provisioning: the same person and username again resolve to the same user [S91-F3 G-PROV-1 D-30 D-32]") {
  desk d;
  auto nina = d.person();
  nina.user_id = text_at(d.provision(nina, {{"email", nina.email}}), "/userId");
  for (const auto& name : {nina.username, "NEW" + nina.username.substr(3)}) {
    auto again = nina;
    again.username = name;
    auto resolved = d.provision(again, {{"email", "NEW" + nina.email.substr(3)}});
    REQUIRE(resolved.status == 200);
    CHECK(text_at(resolved, "/userId") == nina.user_id);
    CHECK(text_at(resolved, "/username") == nina.username);
    CHECK(text_at(resolved, "/resolvedExisting") == "true");
    CHECK(text_at(resolved, "/eventEnqueued") == "false");
  }
  CHECK(users_of(nina) == 1);
}

TEST_CASE("provisioning: what was asked of a user who is there already is there, or is named [S91-F3 S91-F14 "
          "D-30]") {
  desk d;
  auto nina = d.person();
  auto subject = "idp|" + to_string(uuid::generate());
  boost::json::object wanted{
      {"password", first_password}, {"subject", subject}, {"roleIds", boost::json::array{d.role("HR")}}};
  auto made = d.provision(nina, wanted);
  REQUIRE(made.status == 201);
  auto again = d.provision(nina, wanted);
  REQUIRE(again.status == 200);
  CHECK(text_at(again, "/userId") == text_at(made, "/userId"));
  CHECK(text_at(again, "/resolvedExisting") == "true");

  auto differing = [&](const char* field, boost::json::value other) {
    auto changed = wanted;
    changed[field] = std::move(other);
    auto refused = d.provision(nina, changed);
    check_error(refused, 409, "USER_DIFFERS");
    CHECK(text_at(refused, "/details/userId") == text_at(made, "/userId"));
    return text_at(refused, "/details/differingFields");
  };
  CHECK(differing("password", "not the same at all") == R"(["password"])");
  CHECK(differing("subject", boost::json::value(subject + "x")) == R"(["subject"])");
  CHECK(differing("roleIds", boost::json::array{d.role("HR"), d.role("AUDITOR")}) == R"(["roleIds"])");
  check_error(d.provision(nina, {{"roleIds", boost::json::array{nobody}}}), 404, "ROLE_NOT_FOUND");
  // None of it was done.
  CHECK(d.server.sign_in(nina.username, first_password).status == 200);
  CHECK(d.server.sign_in(nina.username, "not the same at all").status == 401);
  CHECK(d.audit(text_at(made, "/userId"), "RoleAssignmentCreated").size() == 1);
  // A user without a password differs from every request with one.
  auto plain = d.user();
  auto refused = d.provision(plain, {{"password", first_password}});
  check_error(refused, 409, "USER_DIFFERS");
  CHECK(text_at(refused, "/details/differingFields") == R"(["password"])");
  // So does a user without an email, even if it is the person's.
  refused = d.provision(plain, {{"email", plain.email}});
  check_error(refused, 409, "USER_DIFFERS");
  CHECK(text_at(refused, "/details/differingFields") == R"(["email"])");
  CHECK(text_at(d.admin->http.get("/api/security/users/" + plain.user_id), "/email") == "null");
}

TEST_CASE("provisioning: passwords are not guessed by provisioning [S91-F14]") {
  company_server server;
  desk d{server};
  auto nina = d.user(true);
  http_answer last;
  for (int i = 0; i < 20 && last.status != 429; ++i)
    last = d.provision(nina, {{"password", fmt::format("a guess of somebody {}", i)}});
  check_error(last, 429, "TOO_MANY_REQUESTS");
}

TEST_CASE("provisioning: who cannot be provisioned, and why [S91-F12 S91-F13 G-API-3 D-30 D-32]") {
  desk d;
  auto nina = d.user(), other = d.person();
  auto named = [](newcomer who, const std::string& username) {
    who.username = username;
    return who;
  };
  check_error(d.provision(named(other, "NEW" + nina.username.substr(3))), 409, "USERNAME_TAKEN");
  check_error(d.provision(named(nina, "another.name")), 409, "PERSON_ALREADY_LINKED");
  check_error(d.provision(other, {{"email", "wrong@demo.example"}}), 409, "EMAIL_MISMATCH");
  auto unknown = other;
  unknown.person_id = nobody;
  check_error(d.provision(unknown), 404, "PERSON_NOT_FOUND");
  unknown.person_id = text_of(d.server.db(), "SELECT person_id FROM people.person WHERE last_name = 'Rival'");
  check_error(d.provision(unknown), 404, "PERSON_NOT_FOUND");
  check_error(d.provision(other, {{"roleIds", boost::json::array{nobody}}}), 404, "ROLE_NOT_FOUND");
  check_error(d.provision(other, {{"roleIds", boost::json::array{d.role("MECHANIC")}}}), 400,
              "VALIDATION_FAILED", "Role MECHANIC does not allow GLOBAL scope. Allowed scopes: [LOCATION]");
  auto subject = "idp|" + to_string(uuid::generate());
  REQUIRE(d.provision(d.person(), {{"subject", subject}}).status == 201);
  check_error(d.provision(other, {{"subject", subject}}), 409, "SUBJECT_TAKEN");
  CHECK(users_of(other) == 0);
  check_error(d.server.new_mechanic()->http.post(provision_path, "{}"), 403, "ACCESS_DENIED");
  CHECK(d.provision(other).status == 201);
}

TEST_CASE("provisioning: unknown fields are refused by name, so nobody can set what is not theirs to set "
          "[D-4 D-12]") {
  desk d;
  auto nina = d.person();
  for (const auto* field : {"status", "userId", "tenantId", "passwordHash", "knownLink", "version"}) {
    CAPTURE(field);
    auto refused = d.provision(nina, {{field, "ACTIVE"}});
    check_error(refused, 400, "VALIDATION_FAILED");
    CHECK(wrong_fields(refused) == std::set<std::string>{field});
  }
  auto refused = d.admin->http.post(
      provision_path, R"({"personId":1,"username":"a b","email":"x","password":"short","roleIds":["x"]})");
  check_error(refused, 400, "VALIDATION_FAILED");
  CHECK(wrong_fields(refused).contains("personId"));
  auto invalid = d.provision(nina, {{"email", "x"}, {"password", "short"}, {"subject", " "}});
  CHECK(wrong_fields(invalid) == std::set<std::string>{"email", "password", "subject"});
  CHECK(invalid.body.find("short\"") == std::string::npos);
  CHECK(users_of(nina) == 0);
}

TEST_CASE(
    "provisioning: USER_PROVISIONED says who made whom with which roles [S91-F9 S91-F14 G-AUD-2 D-31]") {
  desk d;
  auto nina = d.person();
  auto made =
      d.provision(nina, {{"roleIds", boost::json::array{d.role("HR"), d.role("AUDITOR"), d.role("HR")}}});
  REQUIRE(made.status == 201);
  auto user = text_at(made, "/userId");
  auto entries = d.audit(user, "USER_PROVISIONED");
  REQUIRE(entries.size() == 1);
  const auto& e = entries[0];
  CHECK(text_at(e, "/actor_id") == d.admin->user_id);
  CHECK(text_at(e, "/actor_type") == "USER");
  CHECK(text_at(e, "/subject_type") == "User");
  CHECK(text_at(e, "/outcome") == "SUCCESS");
  CHECK(text_at(e, "/category") == "SECURITY");
  CHECK(text_at(e, "/correlation_id") == text_at(made, "/correlationId"));
  CHECK(parse_timestamp(text_at(e, "/occurred_at")) == parse_timestamp(text_at(made, "/occurredAt")));
  CHECK(text_at(e, "/details/adminId") == d.admin->user_id);
  CHECK(text_at(e, "/details/userId") == user);
  CHECK(text_at(e, "/details/personId") == nina.person_id);
  CHECK(e.at("details").at("roles").as_array().size() == 2);
  CHECK(d.audit(user, "RoleAssignmentCreated").size() == 2);
  service pos;
  CHECK(pos.decision(user, "people:employee:create") == "ALLOW");
  auto shown = d.admin->http.get("/api/security/users/" + user);
  CHECK(shown.header("etag") == "\"1\"");
  CHECK(shown.body.find("argon2") == std::string::npos);
}

TEST_CASE("provisioning metrics: provisioning by outcome, with its latency [S91-F10 G-MET-1 G-MET-2]") {
  desk d;
  auto before = d.metrics();
  auto nina = d.user();
  d.provision(nina);
  auto again = nina;
  again.username = "another.name";
  d.provision(again);
  auto after = d.metrics();
  auto rise = [&](const char* sample) { return metric(after, sample) - metric(before, sample); };
  CHECK(rise(R"(security_provision_requests_total{outcome="success"})") == 2);
  CHECK(rise(R"(security_provision_requests_total{outcome="failure"})") == 1);
  CHECK(rise("security_provision_latency_ms_count") == 3);
}

TEST_CASE("provisioning: users and persons are found by parts of their names [S91-F16]") {
  desk d;
  auto nina = d.user();
  auto part = "EW." + nina.username.substr(4, 20);
  auto users = json_of(d.admin->http.get("/api/security/users?search=" + part));
  CHECK(text_at(users, "/items/0/userId") == nina.user_id);
  CHECK(text_at(users, "/totalCount") == "1");
  CHECK(text_at(d.admin->http.get("/api/security/users?status=DISABLED&search=" + part), "/totalCount") ==
        "0");
  auto persons = json_of(d.admin->http.get("/api/people/persons?search=" + part));
  CHECK(text_at(persons, "/items/0/personId") == nina.person_id);
  check_error(d.admin->http.get("/api/security/users?status=ASLEEP"), 400, "VALIDATION_FAILED");
  check_error(d.admin->http.get("/api/security/users/" + std::string{nobody}), 404, "USER_NOT_FOUND");
}

}  // namespace musterd::testing
