#include "persistence/audit/chain/chain_opening.hpp"
#include "persistence/audit/chain/opening_search.hpp"
#include "persistence/sql/connection.hpp"
#include "tests/pg/audit/audit_rows.hpp"

#include <doctest/doctest.h>

/// What the server's database role may add to the chains' tables, and that this stops nobody from writing.
namespace musterd::testing {
namespace {

using namespace std::chrono;

constexpr auto alerts = "SELECT count(*) FROM messaging.alert WHERE type = 'AUDIT_CHAIN_DIFFERS'";

struct attacked_company : audited_company {
  attacked_company() { write_chain(2); }

  /// As the server's role: "ok", or the kind of rule that refused.
  std::string attempt(const std::string& sql) {
    pqxx::connection server{rows.url()};
    try {
      pqxx::nontransaction{server}.exec(sql);
      return "ok";
    } catch (const pqxx::check_violation&) {
      return "check_violation";
    }
  }
  std::string forged(const std::string& time) {
    return fmt::format(
        "INSERT INTO audit.chain VALUES ('{}', gen_random_uuid(), {}, decode(repeat('ab', 32), "
        "'hex'))",
        to_string(rows.tenant), time);
  }
  std::int64_t openings(const std::string& where) {
    return rows.number("SELECT count(*) FROM audit.chain WHERE " + where);
  }
  void strike_forged() { tamper("DELETE FROM audit.chain WHERE mac = decode(repeat('ab', 32), 'hex')"); }
};

const std::string end_of_time = "'9999-12-31 23:59:59.999999+00'";

}  // namespace

TEST_CASE_FIXTURE(attacked_company, "Security: a tail names a year of months at most, and nothing else") {
  auto set_months = [&](const std::string& months) {
    return attempt("UPDATE audit.chain_tail SET months = " + months);
  };
  const std::string many = "ARRAY(SELECT to_char(date '2020-01-01' + n * interval '1 month', 'YYYY-MM') FROM "
                           "generate_series(1, {}) n)";
  for (const auto& months :
       {fmt::format(fmt::runtime(many), 13), fmt::format(fmt::runtime(many), 90'000),
        std::string{"'{never}'"}, std::string{"'{NULL}'"}, std::string{"'{2026-13}'"},
        std::string{"'{2026-11x}'"}, std::string{"ARRAY[repeat('2026-11,', 12) || '2026-11']"}})
    CHECK_MESSAGE(set_months(months) == "check_violation", months);
  CHECK(set_months(fmt::format(fmt::runtime(many), 12)) == "ok");
  CHECK(set_months("'{}'") == "ok");
}

TEST_CASE_FIXTURE(attacked_company, "Security: a tail that names months without end ends nobody's writing") {
  tamper(
      "ALTER TABLE audit.chain_tail DROP CONSTRAINT IF EXISTS tail_of_months; "
      "UPDATE audit.chain_tail SET months = ARRAY(SELECT to_char(date '0001-01-01' + n * interval '1 month', "
      "'YYYY-MM') FROM generate_series(0, 119987) n)");
  CHECK_NOTHROW(write_chain(1));
  CHECK(rows.number("SELECT seq FROM audit.chain_link") == 2);
  CHECK_NOTHROW(anchor());
  CHECK(findings().empty());
}

TEST_CASE("audit chain: a batch of more months than are noted ends wherever it ends") {
  audited_company c;
  {
    auto writer = c.writer();
    auto unit = unit_of(c.rows.tenant, entry_of());
    for (int n = 0; n < 14; ++n) {
      auto entry = entry_of();
      entry.occurred_at = sys_days{(year{2019} / January + months{5 * n}) / 15};
      unit.writes.push_back(write_row(c.rows.tenant, entry));
    }
    REQUIRE(commit_one(writer, unit) == "ok");
  }
  c.write_chain(1);
  CHECK(c.rows.number("SELECT seq FROM audit.chain_link") == 15);
  CHECK(c.findings().empty());
}

TEST_CASE_FIXTURE(attacked_company, "Security: nobody opens a chain in the future") {
  CHECK(attempt(forged(end_of_time)) == "check_violation");
  CHECK(attempt(forged("now() + interval '25 hours'")) == "check_violation");
  CHECK(attempt(forged("now() + interval '23 hours'")) == "ok");
}

TEST_CASE_FIXTURE(attacked_company,
                  "Security: an opening that is not ours moves no other, is alerted, and can be struck") {
  std::string time = end_of_time;
  SUBCASE("at the end of time") {}
  SUBCASE("in centuries") {
    time = "'2999-01-01'";
  }
  SUBCASE("tomorrow") {
    time = "now() + interval '20 hours'";
  }
  tamper(forged(time));
  CHECK_NOTHROW(write_chain(2));
  CHECK_NOTHROW(write_chain(1));
  CHECK(openings("opened_at > now() + interval '1 minute'") == 1);
  CHECK(rows.number(alerts) == 2);
  CHECK(rows.number("SELECT count(*) FROM audit.entry WHERE event_type = 'AUDIT_CHAIN_DIFFERS' AND outcome = "
                    "'FAILURE'") == 2);
  CHECK(findings() == "CHANGED 0");
  strike_forged();
  CHECK(findings().empty());
  write_chain(1);
  CHECK(rows.number(alerts) == 2);
}

TEST_CASE_FIXTURE(attacked_company, "Security: a thousand openings that are not ours are no more than one") {
  tamper("INSERT INTO audit.chain SELECT '" + to_string(rows.tenant) +
         "', gen_random_uuid(), now() + n * interval '1 minute', decode(repeat('ab', 32), 'hex') FROM "
         "generate_series(1, 1000) n");
  pqxx::nontransaction tx{rows.db()};
  CHECK(is_key_of_trail(tx, key));
  CHECK_FALSE(is_key_of_trail(tx, audit_key::generate()));
  tx.commit();
  write_chain(2);
  write_chain(2);
  CHECK(rows.number("SELECT count(*) FROM audit.chain_link") <= 5);
  CHECK(rows.number(alerts) <= 8);
  strike_forged();
  CHECK(findings().empty());
  tamper("DELETE FROM audit.entry WHERE event_type = 'BREAK_STARTED' AND chain_seq = 2");
  CHECK(verify().problem_count >= 1);
}

TEST_CASE_FIXTURE(attacked_company,
                  "Security: a chain whose opening somebody changed is named where it ends all the same") {
  auto chain = text_of(rows.db(), "SELECT chain_id FROM audit.chain");
  CHECK(attempt(fmt::format("INSERT INTO audit.chain_link VALUES ('{}', '{}', gen_random_uuid(), 1, '')",
                            to_string(rows.tenant), chain)) == "ok");
  tamper("DELETE FROM audit.chain_tail");
  write_chain(1);
  CHECK(rows.number("SELECT seq FROM audit.chain_link WHERE earlier_chain_id = '" + chain + "'") == 2);
  CHECK_FALSE(findings().empty());
  tamper("DELETE FROM audit.chain_link WHERE chain_id = '" + chain +
         "' AND earlier_chain_id NOT IN (SELECT chain_id FROM audit.chain)");
  CHECK(findings().empty());
}

TEST_CASE_FIXTURE(attacked_company,
                  "audit chain: openings that were moved ahead before it was forbidden are followed") {
  chain_opening ahead{rows.tenant, uuid::generate(), sys_days{year{2999} / January / 1}, {}};
  tamper(fmt::format("INSERT INTO audit.chain VALUES ('{}', '{}', '{}', '\\x{}')", to_string(rows.tenant),
                     to_string(ahead.chain_id), to_string(ahead.opened_at), to_hex(hash_of(key, ahead))));
  write_chain(1);
  write_chain(1);
  CHECK(openings("opened_at BETWEEN '2999-01-01' AND '2999-01-01 00:00:00.000002'") == 3);
  CHECK(rows.number(alerts) == 0);
}

TEST_CASE_FIXTURE(attacked_company, "Security: a company whose chain cannot be opened holds up nobody else") {
  auto other = tenant_uuid::generate();
  auto writer = this->writer();
  auto commit = [&] {
    return commit_all(writer, {unit_of(rows.tenant, entry_of()), unit_of(rows.tenant, entry_of()),
                               unit_of(other, entry_of())});
  };
  SUBCASE("somebody holds its lock") {
    pqxx::connection attacker{rows.url()};
    pqxx::work holding{attacker};
    holding.exec("SELECT pg_advisory_xact_lock(hashtextextended('" + to_string(rows.tenant) + "', 11))");
    CHECK(commit() == std::vector<std::string>{"UNAVAILABLE", "UNAVAILABLE", "ok"});
    holding.abort();
  }
  SUBCASE("it takes for ever") {
    tamper(
        "CREATE FUNCTION audit.slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); "
        "RETURN "
        "NEW; END'; CREATE TRIGGER slow BEFORE INSERT ON audit.chain FOR EACH ROW WHEN (NEW.tenant_id = '" +
        to_string(rows.tenant) + "') EXECUTE FUNCTION audit.slow()");
    CHECK(commit() == std::vector<std::string>{"UNAVAILABLE", "UNAVAILABLE", "ok"});
    tamper("DROP FUNCTION audit.slow() CASCADE");
  }
  CHECK(commit_one(writer, unit_of(rows.tenant, entry_of())) == "ok");
  CHECK(findings().empty());
}

}  // namespace musterd::testing
