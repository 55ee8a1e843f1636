#include "tests/pg/audit/audit_rows.hpp"

#include <doctest/doctest.h>

namespace musterd::testing {
namespace {

using codes = std::vector<std::string>;

}  // namespace

TEST_CASE("audit hash: the form is the one that is in the databases") {
  audit_entry entry;
  entry.event_type = "X";
  entry.details.text = R"({"a": 1})";
  entry.refs = {"order:1"};
  auto key = audit_key::generate();
  auto row = write_row(tenant_uuid{}, entry);
  chain_head start{{}, {}, 0, {}};
  auto head = start;
  link_entry(key, head, row);
  CHECK(head.seq == 1);
  CHECK(head.hash == hash_of(key, start, row));
  // These elements are what is hashed: written in any other way, every stored hash would be wrong.
  CHECK(row.text() == "00000000-0000-0000-0000-00000000000000000000-0000-0000-0000-"
                      "000000000000SECURITY\"X\"1970-01-01T00:00:00Z"
                      "USER00000000-0000-0000-0000-000000000000\"\"00000000-0000-0000-0000-"
                      "000000000000NULLSUCCESSNULL\"\"NULLNULL"
                      "\"{\\\"a\\\": 1}\"\"{\\\"order:1\\\"}\"");
}

TEST_CASE("audit hash: every field counts, and the key") {
  auto key = audit_key::generate();
  auto entry = entry_of();
  chain_head head{tenant_uuid::generate(), uuid::generate(), 6, {}};
  auto hash = [&](const audit_key& with) { return hash_of(with, head, write_row(head.tenant, entry)); };
  auto original = hash(key);
  CHECK(original == hash(key));
  CHECK(original != hash(audit_key::generate()));
  entry.details.text += ' ';
  CHECK(original != hash(key));
  entry.details.text.pop_back();
  entry.reason_code.reset();
  CHECK(original != hash(key));
  entry = entry_of();
  head.seq = 7;
  CHECK(original != hash(key));
}

TEST_CASE("audit chain: what was written is found valid, whatever is in it") {
  audited_company c;
  c.write_chain(3);
  c.write_chain(2);
  c.anchor();
  auto result = c.verify();
  CHECK(c.findings().empty());
  CHECK(result.valid);
  CHECK(result.entries_checked == 5);
  CHECK(result.chains_checked == 2);
  // Details are stored byte for byte.
  CHECK(text_of(c.rows.db(), "SELECT details FROM audit.entry LIMIT 1") == entry_of().details.text);
}

TEST_CASE("audit chain: a member of a batch that fails takes no place") {
  audited_company c;
  auto writer = c.writer();
  auto card = card_of(person_uuid::generate(), c.rows.shop);
  REQUIRE(commit_one(writer, unit_of(c.rows.tenant, card, entry_of())) == "ok");
  auto other = card_of(person_uuid::generate(), c.rows.shop);
  CHECK(
      commit_all(writer, {unit_of(c.rows.tenant, other, entry_of()), unit_of(c.rows.tenant, card, entry_of()),
                          unit_of(c.rows.tenant, entry_of(), entry_of())}) ==
      codes{"ok", "CONSTRAINT_VIOLATED", "ok"});
  CHECK(writer.split_batches() == 1);
  CHECK(c.rows.number("SELECT max(chain_seq) FROM audit.entry") == 4);
  CHECK(c.findings().empty());
  CHECK(writer.take_audited() == std::map<std::string, std::int64_t>{{"TIMEKEEPING", 4}});
}

TEST_CASE("audit chain: after a connection lost in between another chain goes on") {
  audited_company c;
  auto writer = c.writer();
  REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry_of())) == "ok");
  c.end_sessions();
  auto unit = unit_of(c.rows.tenant, entry_of());
  if (auto code = commit_one(writer, unit); code != "ok")
    CHECK(commit_one(writer, unit) == "ok");
  CHECK(c.rows.number("SELECT count(*) FROM audit.entry") == 2);
  CHECK(c.findings().empty());
}

TEST_CASE("audit chain: writers and tenants have their own") {
  audited_company c;
  auto other = tenant_uuid::generate();
  auto first = c.writer(), second = c.writer();
  for (int i = 0; i < 3; ++i) {
    CHECK(commit_all(first, {unit_of(c.rows.tenant, entry_of()), unit_of(other, entry_of())}) ==
          codes{"ok", "ok"});
    CHECK(commit_one(second, unit_of(c.rows.tenant, entry_of())) == "ok");
  }
  auto all = c.verify();
  CHECK(all.valid);
  CHECK(all.chains_checked == 3);
  audit_selection one;
  one.tenant = other;
  CHECK(c.verify(one).entries_checked == 3);
}

TEST_CASE(
    "audit verification: the trail refuses changes, and finds those an owner makes all the same [G-AUD-1]") {
  audited_company c;
  c.write_chain(9);
  for (const auto* refused :
       {"UPDATE audit.entry SET reason_code = 'x'", "DELETE FROM audit.entry", "TRUNCATE audit.entry",
        "DELETE FROM audit.chain", "UPDATE audit.chain_link SET seq = 1"})
    CHECK_THROWS_WITH_AS(pqxx::nontransaction{c.rows.db()}.exec(refused), doctest::Contains("append-only"),
                         pqxx::sql_error);
  SUBCASE("changed") {
    for (const auto* change :
         {"reason_code = 'better'", "details = '{}'", "details = (details::text || ' ')::json",
          "outcome = 'DENIED'", "occurred_at = occurred_at + interval '1 microsecond'", "refs = '{}'",
          "actor_id = gen_random_uuid()", "category = 'nonsense'", "entry_hash = entry_hash || '\\x00'",
          "location_id = gen_random_uuid()"}) {
      audited_company again;
      again.write_chain(9);
      again.tamper(std::string{"UPDATE audit.entry SET "} + change + " WHERE chain_seq = 4");
      CAPTURE(change);
      CHECK(again.findings() == "CHANGED 4");
      CHECK(again.verify().problems.at(0).entry_id.has_value());
    }
  }
  SUBCASE("removed") {
    c.tamper("DELETE FROM audit.entry WHERE chain_seq IN (4, 5)");
    CHECK(c.findings() == "MISSING 4");
    CHECK(c.verify().problems.at(0).message == "Entries 4 to 5 are missing.");
  }
  SUBCASE("the first is removed") {
    c.tamper("DELETE FROM audit.entry WHERE chain_seq = 1");
    CHECK(c.findings() == "MISSING 1");
  }
  SUBCASE("inserted") {
    c.tamper("INSERT INTO audit.entry SELECT (jsonb_populate_record(e, jsonb_build_object('entry_id', "
             "gen_random_uuid()))).* FROM audit.entry e WHERE chain_seq = 4");
    CHECK(c.findings() == "INSERTED 4");
    c.tamper(
        "UPDATE audit.entry SET chain_id = NULL, chain_seq = NULL, entry_hash = NULL WHERE chain_seq = 9");
    CHECK(c.findings() == "INSERTED 4, INSERTED 0");
  }
  SUBCASE("inserted behind the last") {
    c.tamper("INSERT INTO audit.entry SELECT (jsonb_populate_record(e, jsonb_build_object('entry_id', "
             "gen_random_uuid(), 'chain_seq', 10))).* FROM audit.entry e WHERE chain_seq = 4");
    CHECK(c.findings() == "CHANGED 10");
  }
  SUBCASE("reordered") {
    c.tamper("UPDATE audit.entry SET chain_seq = 11 - chain_seq WHERE chain_seq IN (5, 6)");
    CHECK(c.findings() == "REORDERED 6, REORDERED 5");
  }
  SUBCASE("cut, with a chain behind it") {
    c.write_chain(1);
    c.tamper("DELETE FROM audit.entry WHERE chain_seq > 7");
    CHECK(c.findings() == "CUT 8");
  }
  SUBCASE("cut, where only the anchors know") {
    c.anchor();
    c.tamper("DELETE FROM audit.entry WHERE chain_seq > 7");
    CHECK(c.findings() == "CUT 8");
  }
  SUBCASE("a whole chain") {
    c.write_chain(2);
    c.tamper("DELETE FROM audit.entry WHERE chain_seq > 2; DELETE FROM audit.entry WHERE chain_id = (SELECT "
             "min(chain_id::text)::uuid FROM audit.chain); DELETE FROM audit.chain WHERE chain_id = (SELECT "
             "min(chain_id::text)::uuid FROM audit.chain)");
    CHECK(c.findings() == "MISSING 0");
    c.tamper("DELETE FROM audit.chain_link");  // changes the opening that named it
    CHECK(c.findings() == "CHANGED 0");
  }
  SUBCASE("another key") {
    c.key = audit_key::generate();
    CHECK(c.verify().problem_count == 10);
  }
}

TEST_CASE("audit verification: a range of days is checked by itself") {
  using namespace std::chrono;
  audited_company c;
  auto writer = c.writer();
  for (int day = 1; day <= 6; ++day) {
    auto entry = entry_of();
    entry.occurred_at = sys_days{year{2026} / 10 / 28} + days{day};  // across the end of a month
    REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry)) == "ok");
  }
  audit_selection range{c.rows.tenant, sys_days{year{2026} / 10 / 31}, sys_days{year{2026} / 11 / 2}};
  CHECK(c.findings(range).empty());
  CHECK(c.verify(range).entries_checked == 5);  // with those around it, and the one before for its hash
  c.tamper("UPDATE audit.entry SET outcome = 'DENIED' WHERE chain_seq = 6");
  CHECK(c.findings(range).empty());
  c.tamper("UPDATE audit.entry SET outcome = 'DENIED' WHERE chain_seq = 4");
  CHECK(c.findings(range) == "CHANGED 4");
  CHECK(c.findings() == "CHANGED 4, CHANGED 6");
}

TEST_CASE("Security: what is erased at an end of a range of days, or all of it, is missing from that range") {
  using namespace std::chrono;
  audited_company c;
  auto writer = c.writer();
  auto day = [](int nth) { return sys_days{year{2026} / 10 / 10} + days{nth}; };
  for (int nth = 1; nth <= 9; ++nth) {
    auto entry = entry_of();
    entry.occurred_at = day(nth);
    REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry)) == "ok");
  }
  const audit_selection range{c.rows.tenant, day(4), day(7)}, of_all{{}, day(4), day(7)};
  SUBCASE("the chain is from before") {
    c.tamper("UPDATE audit.chain SET opened_at = '2026-10-10'");
    REQUIRE(c.findings(range) == "CHANGED 0");  // not when it was opened
    for (auto gone : {"= 6", "= 4", "IN (4, 5, 6)"}) {
      CAPTURE(gone);
      c.tamper(fmt::format("CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM audit.entry WHERE false; "
                           "INSERT INTO kept SELECT * FROM audit.entry WHERE chain_seq {0}; "
                           "DELETE FROM audit.entry WHERE chain_seq {0}",
                           gone));
      for (const auto& selected : {range, of_all})
        CHECK(c.findings(selected) == fmt::format("CHANGED 0, MISSING {}", gone[0] == '=' ? gone[2] : '4'));
      c.tamper("INSERT INTO audit.entry SELECT * FROM kept; DROP TABLE kept");
    }
    c.tamper("UPDATE audit.entry SET occurred_at = '2026-10-01' WHERE chain_seq IN (4, 5, 6)");
    CHECK(c.findings(range) == "CHANGED 0, CHANGED 6");
  }
  SUBCASE("the range is in the middle of others") {
    c.tamper("DELETE FROM audit.entry WHERE chain_seq = 6");
    CHECK(c.findings(range) == "MISSING 6");
    CHECK(c.findings({c.rows.tenant, day(4), {}}) == "MISSING 6");
    CHECK(c.findings({c.rows.tenant, {}, day(7)}) == "MISSING 6");
    CHECK(c.findings({c.rows.tenant, day(1), day(5)}).empty());
  }
}

TEST_CASE(
    "Security: what is erased beside FINANCIAL entries, which have their producer's time, is missing from "
    "its range") {
  using namespace std::chrono;
  audited_company c;
  auto writer = c.writer();
  auto day = [](int nth) { return sys_days{year{2026} / 10 / 10} + days{nth}; };
  auto write = [&](int nth, audit_category category) {
    auto entry = entry_of("X", category);
    entry.occurred_at = day(nth);
    REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry)) == "ok");
  };
  constexpr auto ours = audit_category::timekeeping, tills = audit_category::financial;
  for (int nth = 1; nth <= 3; ++nth)
    write(nth, ours);
  SUBCASE("at its end, behind one that is ahead of the clock") {
    write(9, tills);
    write(4, ours);
    write(4, ours);
    for (int nth = 5; nth <= 9; ++nth)
      write(nth, ours);
    c.tamper("DELETE FROM audit.entry WHERE chain_seq IN (5, 6)");
    CHECK(c.findings({c.rows.tenant, day(2), day(5)}) == "MISSING 5");
  }
  SUBCASE("at its begin, before those of a till that was offline") {
    write(4, ours);
    write(4, ours);
    for (int late = 0; late < 9; ++late)
      write(1, tills);
    for (int nth = 5; nth <= 9; ++nth)
      write(nth, ours);
    c.tamper("DELETE FROM audit.entry WHERE chain_seq IN (4, 5)");
    CHECK(c.findings({c.rows.tenant, day(4), {}}) == "MISSING 4");
    CHECK(c.findings({c.rows.tenant, day(4), day(6)}) == "MISSING 4");
  }
  CHECK(c.findings().starts_with("MISSING"));
}

TEST_CASE("audit partitions: months ahead are made once, and take what belongs to them") {
  audited_company c;
  CHECK(c.rows.number("SELECT audit.make_partitions('2031-01-15', 3)") == 3);
  CHECK(c.rows.number("SELECT audit.make_partitions('2031-01-01', 3)") == 0);
  auto writer = c.writer();
  auto entry = entry_of();
  entry.occurred_at = std::chrono::sys_days{std::chrono::year{2031} / 2 / 1};
  auto nowhere = entry_of();
  nowhere.occurred_at = std::chrono::sys_days{std::chrono::year{2040} / 2 / 1};
  REQUIRE(commit_all(writer, {unit_of(c.rows.tenant, entry), unit_of(c.rows.tenant, nowhere)}) ==
          codes{"ok", "ok"});
  CHECK(c.rows.number("SELECT count(*) FROM audit.entry_2031_02") == 1);
  CHECK(c.rows.number("SELECT count(*) FROM audit.entry_other") == 1);
  CHECK_THROWS(pqxx::nontransaction{c.rows.db()}.exec("TRUNCATE audit.entry_2031_02"));
  CHECK(c.rows.number("SELECT audit.make_partitions('2040-02-01', 1)") ==
        0);  // too late: it stays where it is
  CHECK(c.findings().empty());
}

}  // namespace musterd::testing
