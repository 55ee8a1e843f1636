#include "tests/http/time/desk.hpp"

#include "common/text/uuid.hpp"

#include <fmt/format.h>

/// Access and provisioning when the server fails, ends or forgets halfway.
namespace musterd::testing {
namespace {

constexpr auto record = "timekeeping:timecard:record";

/// A server that fails on request.
struct fragile {
  // Without a broker, so that its events stay where they can be counted.
  company_server server{{{"MUSTERD_TESTING_FAULT_INJECTION", "true"}}};
  std::unique_ptr<desk> d = std::make_unique<desk>(server);

  std::optional<http_answer> post(const std::string& path, const boost::json::object& what,
                                  const std::string& fault, const std::string& key = {}) {
    http_message message = body(what);
    if (!fault.empty())
      message.headers["X-Fault-Injection"] = fault;
    if (!key.empty())
      message.headers["Idempotency-Key"] = key;
    return d->admin->http.try_send("POST", path, message);
  }
  void restart() {
    server.restart();
    d = std::make_unique<desk>(server);
  }
  /// Counts of what one transaction writes: users of a person, events about them, entries about those.
  std::string traces_of(const newcomer& who) {
    return text_of(server.db(),
                   fmt::format("SELECT concat_ws(' ', count(*), (SELECT count(*) FROM messaging.outbox WHERE "
                               "event_type = 'UserProvisioned' AND body LIKE '%{0}%'), (SELECT count(*) FROM "
                               "audit.entry WHERE event_type = 'USER_PROVISIONED' AND details->>'personId' = "
                               "'{0}')) FROM security.app_user WHERE person_id = '{0}'",
                               who.person_id));
  }
};

}  // namespace

TEST_CASE("provisioning: a server that ends before the commit has made no user; the same request makes it "
          "[S91-F4]") {
  fragile f;
  auto nina = f.d->person();
  boost::json::object wanted{{"personId", nina.person_id}, {"username", nina.username}};
  auto key = to_string(uuid::generate());
  CHECK_FALSE(f.post("/api/security/users/provision", wanted, "exit-before-commit", key).has_value());
  f.restart();
  CHECK(f.traces_of(nina) == "0 0 0");
  auto again = f.post("/api/security/users/provision", wanted, "", key);
  REQUIRE(again.has_value());
  CHECK(again->status == 201);
  CHECK(f.traces_of(nina) == "1 1 1");
}

TEST_CASE("provisioning: a server that ends after the commit has made user and event; the answer can be had "
          "again [S91-F4 D-8]") {
  fragile f;
  auto nina = f.d->person();
  boost::json::object wanted{{"personId", nina.person_id}, {"username", nina.username}};
  auto key = to_string(uuid::generate());
  CHECK_FALSE(f.post("/api/security/users/provision", wanted, "exit-after-commit", key).has_value());
  f.restart();
  CHECK(f.traces_of(nina) == "1 1 1");
  auto again = f.post("/api/security/users/provision", wanted, "", key);
  REQUIRE(again.has_value());
  CHECK(again->status == 201);
  CHECK(again->header("idempotency-replayed") == "true");
  auto resolved = f.d->provision(nina);
  CHECK(resolved.status == 200);
  CHECK(text_at(resolved, "/userId") == text_at(*again, "/userId"));
  CHECK(f.traces_of(nina) == "1 1 1");
}

TEST_CASE("role assignments: a failure within changes nothing, neither rows nor decisions [S89-F6]") {
  fragile f;
  service pos{f.server};
  auto ann = f.d->user();
  auto wanted = f.d->assignment(ann.user_id, "MECHANIC", demo_shop);
  auto failed = f.post("/api/people/role-assignments", wanted, "throw");
  REQUIRE(failed.has_value());
  check_error(*failed, 500, "INTERNAL_ERROR");
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "DENY");
  auto id = f.d->assigned(wanted);
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "ALLOW");
  failed = f.post("/api/people/role-assignments/" + id + "/end", {}, "throw");
  REQUIRE(failed.has_value());
  check_error(*failed, 500, "INTERNAL_ERROR");
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "ALLOW");
  CHECK(f.d->end(id).status == 200);
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "DENY");
}

TEST_CASE(
    "role assignments: a revocation that was committed holds, even if its answer never came [S89-AC9]") {
  fragile f;
  auto ann = f.d->user();
  auto id = f.d->assigned(f.d->assignment(ann.user_id, "MECHANIC", demo_shop));
  CHECK_FALSE(f.post("/api/people/role-assignments/" + id + "/end", {}, "exit-after-commit").has_value());
  f.restart();
  service pos{f.server};
  CHECK(text_at(pos.decide(ann.user_id, record, demo_shop), "/reason") == "EXPIRED");
  CHECK(f.d->audit(ann.user_id, "RoleAssignmentEnded").size() == 1);
}

TEST_CASE("decisions: who fell asleep is decided about as before, and a change wakes them [G-AUTH-4]") {
  company_server server{{{"MUSTERD_ACTORS_IDLE_SECONDS", "1"}}};
  desk d{server};
  service pos{server};
  auto ann = d.user(), bob = d.user();
  auto id = d.assigned(d.assignment(ann.user_id, "MECHANIC", demo_shop));
  d.assigned(d.assignment(bob.user_id, "MECHANIC", demo_shop));
  REQUIRE(becomes_true(patience,
                       [&] { return metric(d.metrics(), R"(entities_awake{aggregate="person"})") == 0; }));
  CHECK(d.end(id).status == 200);
  CHECK(pos.decision(ann.user_id, record, demo_shop) == "DENY");
  CHECK(pos.decision(bob.user_id, record, demo_shop) == "ALLOW");
  CHECK(pos.decision(bob.user_id, record, chicago_shop) == "DENY");
}

TEST_CASE(
    "provisioning: while its message lies among the dead letters, a user's link has failed [S91-F6 D-33]") {
  company_server server;  // without broker: the link stays pending
  desk d{server};
  auto nina = d.user();
  auto link_status = [&] {
    return text_at(d.admin->http.get("/api/security/users/" + nina.user_id), "/linkStatus");
  };
  CHECK(link_status() == "PENDING");
  auto letter = text_of(
      server.db(), fmt::format("INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, "
                               "event_type, entity_key, routing_key, reason, error, body, body_size, "
                               "attempts, first_failed_at) VALUES ('{}', '{}', 'people.user_person_link', "
                               "'user_person_link', 'UserProvisioned', '{}', "
                               "'security.user.provisioned.v1', 'EXHAUSTED', 'x', '{{}}', 2, 6, now()) "
                               "RETURNING id",
                               to_string(uuid::generate()), demo_tenant, nina.user_id));
  CHECK(link_status() == "FAILED");
  CHECK(text_at(d.provision(nina), "/linkStatus") == "FAILED");
  pqxx::nontransaction{server.db()}.exec(
      fmt::format("UPDATE messaging.dead_letter SET state = 'RETRIED' WHERE id = '{}'", letter));
  CHECK(link_status() == "PENDING");
}

}  // namespace musterd::testing
