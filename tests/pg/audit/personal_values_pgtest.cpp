#include "domain/audit/audit_personal.hpp"
#include "domain/person/held_data/erasure.hpp"
#include "persistence/journal/origins.hpp"
#include "tests/pg/audit/audit_rows.hpp"

#include <doctest/doctest.h>

/// Personal values next to the trail: erasing them keeps chains whole, and none is removed or changed
/// unnoticed.
namespace musterd::testing {
namespace {

struct somebody : audited_company {
  person_uuid person = person_uuid::generate();

  somebody() {
    pqxx::nontransaction{rows.db()}.exec(
        fmt::format("INSERT INTO people.person (tenant_id, person_id, first_name, last_name, status, "
                    "status_effective_at, created_at, updated_at, version) VALUES ('{}', '{}', 'Ann', 'Lee', "
                    "'TERMINATED', now(), now(), now(), 1)",
                    to_string(rows.tenant), to_string(person)));
  }
  /// "ok", or the fault's code.
  std::string commit(const effects& out) {
    auto one = writer();
    return commit_one(one, {person.value, out.writes});
  }
  std::string enter() {
    auto entry = entry_of("PERSON_CREATED", audit_category::people);
    entry.details.text = R"({"afterState":{"firstName":"Ann","lastName":"Lee"}})";
    effects out;
    generated_ids ids;
    write_with_personal(out, rows.tenant, entry, person.value, {"firstName", "lastName"}, ids);
    return commit(out);
  }
  std::string record_erasure() {
    auto entry = entry_of("PERSON_ERASED", audit_category::people);
    entry.details.text = fmt::format(R"({{"personId":"{}"}})", to_string(person));
    effects out;
    out.write(rows.tenant, entry);
    out.write(rows.tenant, person_erasure{person, {}, wall_clock_now(), system_principal});
    return commit(out);
  }
  std::size_t erase_values() {
    return pqxx::nontransaction{rows.db()}.exec("DELETE FROM audit.personal_value").affected_rows();
  }
  /// With triggers off.
  void tamper_with_values(const std::string& sql) {
    pqxx::work tx{rows.db()};
    tx.exec("ALTER TABLE audit.personal_value DISABLE TRIGGER USER");
    tx.exec(sql);
    tx.exec("ALTER TABLE audit.personal_value ENABLE TRIGGER USER");
    tx.commit();
  }
};

}  // namespace

TEST_CASE_FIXTURE(somebody, "personal values: the trail is whole with them, and once they are erased") {
  REQUIRE(enter() == "ok");
  CHECK(findings().empty());
  CHECK(rows.number("SELECT count(*) FROM audit.personal_value") == 2);
  CHECK(rows.number("SELECT count(*) FROM audit.entry e WHERE e::text LIKE '%Lee%'") == 0);
  REQUIRE(record_erasure() == "ok");
  CHECK(erase_values() == 2);
  anchor();
  CHECK(findings().empty());
  CHECK(verify().valid);
}

TEST_CASE_FIXTURE(somebody, "personal values: nobody erases those of somebody who is not erased") {
  REQUIRE(enter() == "ok");
  CHECK_THROWS_AS(erase_values(), pqxx::sql_error);
  CHECK_THROWS_AS(pqxx::nontransaction{rows.db()}.exec("UPDATE audit.personal_value SET value = 'Eve'"),
                  pqxx::sql_error);
  tamper_with_values("DELETE FROM audit.personal_value WHERE field = 'afterState.lastName'");
  CHECK(findings() == "MISSING 1");
}

TEST_CASE_FIXTURE(somebody,
                  "personal values: a changed one is found, and an erasure nobody chained excuses nothing") {
  REQUIRE(enter() == "ok");
  tamper_with_values("UPDATE audit.personal_value SET value = 'Eve' WHERE field = 'afterState.firstName'");
  CHECK(findings() == "CHANGED 1");
  tamper_with_values("DELETE FROM audit.personal_value");
  pqxx::nontransaction{rows.db()}.exec(fmt::format(
      "INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, "
      "actor_id, "
      "subject_type, subject_id, outcome, correlation_id, details) VALUES ('{0}', gen_random_uuid(), "
      "'PEOPLE', "
      "'PERSON_ERASED', now(), 'USER', '{1}', 'Person', '{1}', 'SUCCESS', 'c', '{{\"personId\":\"{1}\"}}')",
      to_string(rows.tenant), to_string(person)));
  CHECK(findings() == "MISSING 1, MISSING 1, INSERTED 0");
}

TEST_CASE_FIXTURE(somebody,
                  "personal values: an erasure of another time is verified before a range believes it") {
  REQUIRE(enter() == "ok");
  auto now = wall_clock_now();
  audit_selection today{rows.tenant, now - std::chrono::hours{1}, now + std::chrono::hours{1}};
  auto month_ago = now - std::chrono::days{40};
  tamper_with_values("DELETE FROM audit.personal_value");
  // By the database's owner, who lacks the key.
  tamper(fmt::format(
      "INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, "
      "actor_id, "
      "subject_type, subject_id, outcome, correlation_id, details, chain_id, chain_seq, entry_hash) SELECT "
      "tenant_id, gen_random_uuid(), 'PEOPLE', 'PERSON_ERASED', '{0}', 'USER', '{1}', 'Person', '{1}', "
      "'SUCCESS', 'c', '{{\"personId\":\"{1}\"}}', chain_id, 2, entry_hash FROM audit.entry LIMIT 1",
      to_string(month_ago), to_string(person)));
  auto found = verify(today);
  CHECK_FALSE(found.valid);
  REQUIRE(found.problems.size() == 3);
  CHECK(found.problems[0].message ==
        "afterState.firstName is gone, and the entry that says it was erased is not ours.");
  CHECK(found.problems[2].kind == audit_problem_kind::changed);  // it comes after the range in its chain
  tamper("DELETE FROM audit.entry WHERE event_type = 'PERSON_ERASED'");
  auto entry = entry_of("PERSON_ERASED", audit_category::people);
  entry.occurred_at = month_ago;
  entry.details.text = fmt::format(R"({{"personId":"{}"}})", to_string(person));
  effects out;
  out.write(rows.tenant, entry);
  REQUIRE(commit(out) == "ok");
  CHECK(verify(today).valid);
  tamper("UPDATE audit.entry SET reason_code = 'X' WHERE event_type = 'PERSON_ERASED'");
  CHECK_FALSE(verify(today).valid);
}

TEST_CASE_FIXTURE(somebody,
                  "personal values: where requests came from is purged by its age, once the trail says so") {
  const auto today = std::chrono::floor<std::chrono::days>(wall_clock_now());
  for (auto age : {std::chrono::days{3}, std::chrono::days{0}}) {
    auto entry = entry_of("LOGIN_FAILED", audit_category::security);
    entry.details.text = R"({"traceId":"4bf92f3577b34da6a3ce929d0e0e4736"})";
    entry.occurred_at = wall_clock_now() - age;
    entry.client_address = "192.0.2.7";
    entry.user_agent = "curious";
    effects out;
    generated_ids ids;
    write_with_origin(out, rows.tenant, entry, uuid::generate(), ids);
    REQUIRE(commit(out) == "ok");
  }
  CHECK(rows.number("SELECT count(*) FROM audit.entry e WHERE e::text LIKE '%192.0.2.7%'") == 0);
  CHECK(rows.number("SELECT count(*) FROM audit.entry WHERE details ->> 'traceId' IS NOT NULL") == 2);
  pqxx::nontransaction tx{rows.db()};
  timestamp before = today - std::chrono::days{1};
  CHECK(tenants_with_origins(tx, before) == std::vector{rows.tenant});
  CHECK(tenants_with_origins(tx, today - std::chrono::days{9}).empty());
  CHECK(purge_origins(tx, rows.tenant, before) == 2);
  tx.commit();
  CHECK(findings() == "MISSING 1, MISSING 1");
  request_context ctx;
  ctx.tenant = rows.tenant;
  ctx.now = wall_clock_now();
  effects out;
  out.write(rows.tenant, origins_purged_entry(ctx, uuid::generate(), before));
  REQUIRE(commit(out) == "ok");
  CHECK(findings().empty());
  pqxx::nontransaction later{rows.db()};
  CHECK(origins_purge_noted(later, rows.tenant, before));
  CHECK_FALSE(origins_purge_noted(later, rows.tenant, before + std::chrono::days{1}));
  later.commit();
  tamper_with_values("DELETE FROM audit.personal_value");  // including the young ones
  CHECK(findings() == "MISSING 1, MISSING 1");
}

}  // namespace musterd::testing
