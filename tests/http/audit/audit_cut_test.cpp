#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

/// An attacker with the database but without the key ends the server's sessions before touching the audit
/// trail.
namespace musterd::testing {
namespace {

/// As an owner of the database can.
void without_triggers(company_server& of, const std::string& sql) {
  pqxx::work tx{of.db()};
  tx.exec("ALTER TABLE audit.entry DISABLE TRIGGER USER");
  tx.exec(sql);
  tx.exec("ALTER TABLE audit.entry ENABLE TRIGGER USER");
  tx.commit();
}

std::int64_t alerts(company_server& of) {
  return number_of(of.db(), "SELECT count(*) FROM messaging.alert WHERE type = 'AUDIT_CHAIN_DIFFERS'");
}

}  // namespace

TEST_CASE("Security: who ends the server's sessions and erases the newest audit entry is found out") {
  company_server server;
  auto auditor = server.signed_in("demo.auditor");
  auto ann = server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  end_other_clients(server.db());
  without_triggers(server, "DELETE FROM audit.entry WHERE event_type = 'CLOCKED_IN'");
  CHECK(becomes_true(patience, [&] { return ann->clock_out().status < 300; }));
  CHECK(alerts(server) == 1);
  auto entries = auditor->http.get("/api/audit/entries?eventType=AUDIT_CHAIN_DIFFERS");
  CHECK(text_at(entries, "/totalCount") == "1");
  auto details = json_of(entries).at("items").at(0);
  CHECK(std::stoll(text_at(details, "/payload/expected/seq")) ==
        std::stoll(text_at(details, "/payload/found/seq")) + 1);
  auto verified = auditor->http.get("/api/audit/verification");
  CHECK(text_at(verified, "/valid") == "false");
  CHECK(text_at(verified, "/problems/0/kind") == "CUT");
  CHECK(metric(server.client().get("/metrics").body, "alerts_total") == 1);
  // For ever: even after the process that remembered is gone.
  server.restart();
  CHECK_THROWS_WITH(server.process().run("audit verify"), doctest::Contains("CUT"));
}

TEST_CASE("Security: sessions that end while people work are nothing to report") {
  company_server server;
  auto auditor = server.signed_in("demo.auditor");
  std::atomic<bool> over{false};
  std::atomic<int> changes{0};
  std::vector<std::unique_ptr<visitor>> people;
  for (int i = 0; i < 4; ++i)
    people.push_back(server.new_mechanic());
  std::vector<std::thread> at_work;
  for (auto& who : people)
    at_work.emplace_back([&changes, &over, &who] {
      while (!over)
        for (auto status : {who->clock_in().status, who->clock_out().status})
          changes += status < 300 ? 1 : 0;
    });
  for (int cut = 0; cut < 10; ++cut) {
    auto before = changes.load();
    CHECK(becomes_true(patience, [&] { return changes > before + 8; }));
    end_other_clients(server.db());
  }
  over = true;
  for (auto& t : at_work)
    t.join();
  CHECK(alerts(server) == 0);
  CHECK(text_at(auditor->http.get("/api/audit/entries?eventType=AUDIT_CHAIN_DIFFERS"), "/totalCount") == "0");
  auto verified = auditor->http.get("/api/audit/verification");
  CHECK(text_at(verified, "/valid") == "true");
}

TEST_CASE("Security: what was cut before anybody looked is in the anchors of a second later") {
  company_server server;
  auto ann = server.new_mechanic();
  REQUIRE(ann->clock_in().status == 201);
  without_triggers(server, "DELETE FROM audit.entry WHERE event_type = 'CLOCKED_IN'");
  server.restart();  // nobody remembers, and no entry follows
  CHECK_THROWS_WITH(server.process().run("audit verify"), doctest::Contains("CUT"));
}

}  // namespace musterd::testing
