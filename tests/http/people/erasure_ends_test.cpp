#include "tests/http/operations/own_broker.hpp"
#include "tests/http/people/farewell.hpp"

/// Erasures that start by themselves, and those that die halfway.
namespace musterd::testing {

TEST_CASE("erasure crash: the server dies at every step, and the erasure ends right") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  farewell d{server};
  auto restart_with = [&](const std::string& point) {
    server.process().set("MUSTERD_TESTING_CRASH_AT", point);
    server.restart();
    d.admin = server.signed_in("demo.owner");
  };
  for (const auto* point :
       {"erase_person:before-commit", "erase_person:after-commit", "finish_erasures:after-batch",
        "PersonErased:before-publish", "PersonErased:after-publish"}) {
    CAPTURE(point);
    auto gone = d.gone();
    restart_with(point);
    d.admin->http.try_send("POST", d.path_of(gone.who) + "/erase", {{}, "{}"});
    CHECK(becomes_true(patience, [&] { return !server.process().running(); }));
    restart_with("");
    CHECK(d.erase(gone.who).status == 200);
    CHECK(d.is_finished(gone.who));
    CHECK(d.tables_with(gone.name) == "");
    CHECK(d.audit(gone.who.person_id, "PERSON_ERASED").size() == 1);
    CHECK(number_of(server.db(), fmt::format("SELECT version FROM people.person WHERE person_id = '{}'",
                                             gone.who.person_id)) == 3);
  }
}

TEST_CASE("retention: profiles of leavers go by themselves when their time is over, others stay") {
  own_broker broker;
  company_server server{{{"MUSTERD_AMQP_URL", broker.url()}}};
  farewell d{server};
  auto old = d.gone(), young = d.gone();
  auto here = d.hired();
  for (const auto* table : {"people.person", "security.app_user"})
    pqxx::nontransaction{server.db()}.exec(
        fmt::format("UPDATE {} SET status_effective_at = now() - interval '11 days' WHERE person_id = '{}'",
                    table, old.who.person_id));
  server.process().set("MUSTERD_RETENTION_PROFILE_DAYS_AFTER_LEAVING", "10");
  server.restart();
  d.admin = server.signed_in("demo.owner");
  CHECK(d.is_finished(old.who));
  CHECK(d.tables_with(old.name) == "");
  auto noted = d.audit(old.who.person_id, "PERSON_ERASED");
  REQUIRE(noted.size() == 1);
  CHECK(text_at(noted[0], "/actor_type") == "SYSTEM");
  CHECK_FALSE(d.tables_with(young.name).empty());
  CHECK_FALSE(d.tables_with(here.name).empty());
  CHECK(metric(server.client().get("/metrics").body, "persons_erased_total") == 1);
}

TEST_CASE(
    "retention: from where sign-ins came is shown while it is kept, and goes with a note in the trail") {
  company_server server{{{"MUSTERD_RETENTION_AUDIT_ORIGIN_DAYS", "2"}}};
  farewell d{server};
  auto ann = server.new_mechanic(), ben = server.new_mechanic();
  auto address_of = [&](const visitor& who) {
    auto found =
        json_of(d.admin->http.get("/api/audit/entries?eventType=LOGIN_SUCCEEDED&subjectId=" + who.user_id));
    return text_at(found, "/items/0/clientAddress");
  };
  CHECK(address_of(*ann) == "127.0.0.1");
  pqxx::work tx{server.db()};
  tx.exec("ALTER TABLE audit.personal_value DISABLE TRIGGER USER");
  tx.exec("UPDATE audit.personal_value SET recorded_at = now() - interval '4 days' WHERE owner_id = '" +
          ann->user_id + "'");
  tx.exec("ALTER TABLE audit.personal_value ENABLE TRIGGER USER");
  tx.commit();
  server.restart();
  d.admin = server.signed_in("demo.owner");
  CHECK(becomes_true(patience, [&] { return address_of(*ann) == "null"; }));
  CHECK(address_of(*ben) == "127.0.0.1");
  CHECK(d.audit(demo_tenant, "AUDIT_ORIGINS_PURGED").size() == 1);
}

}  // namespace musterd::testing
