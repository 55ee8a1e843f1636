#include "persistence/audit/chain/chain_memory.hpp"

#include "tests/pg/audit/audit_rows.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

/// What a writer remembers of its chains, and how that exposes somebody who ends its session and cuts one.
namespace musterd::testing {
namespace {

constexpr auto reports = "SELECT count(*) FROM audit.entry WHERE event_type = 'AUDIT_CHAIN_DIFFERS'";
constexpr auto alerts = "SELECT count(*) FROM messaging.alert WHERE type = 'AUDIT_CHAIN_DIFFERS'";

chain_head head_at(std::int64_t seq, std::uint8_t mark = 1) {
  chain_head result;
  result.seq = seq;
  result.hash.fill(mark);
  return result;
}

/// Commits one more entry; the first attempt may find the session gone.
void write_on(journal_writer& writer, audited_company& c) {
  for (int attempts = 0; attempts < 3; ++attempts)
    if (commit_one(writer, unit_of(c.rows.tenant, entry_of())) == "ok")
      return;
  FAIL("the writer does not write on");
}

}  // namespace

TEST_CASE("chain memory: a chain ends where it was known to, or behind the whole batch in doubt") {
  remembered_end end{head_at(7), {}, {}};
  CHECK_FALSE(difference(end, head_at(7)).has_value());
  CHECK(difference(end, head_at(6))->expected == head_at(7));
  CHECK(difference(end, head_at(7, 2))->found == head_at(7, 2));
  CHECK(difference(end, head_at(8))->expected == head_at(7));
  CHECK(difference(end, std::nullopt)->found.seq == 0);
  end.in_doubt = head_at(10, 3);
  CHECK_FALSE(difference(end, head_at(7)).has_value());
  CHECK_FALSE(difference(end, head_at(10, 3)).has_value());
  CHECK(difference(end, head_at(9))->expected == head_at(10, 3));
  CHECK(difference(end, head_at(10, 4))->expected == head_at(10, 3));
  CHECK(difference(end, head_at(6))->expected == head_at(7));
  remembered_end empty{head_at(0), {}, {}};
  CHECK_FALSE(difference(empty, std::nullopt).has_value());
}

TEST_CASE("chain memory: who ends the sessions and erases the newest entry is found out for ever") {
  audited_company c;
  auto writer = c.writer();
  for (int i = 0; i < 3; ++i)
    write_on(writer, c);
  c.end_sessions();
  SUBCASE("erased") {
    c.tamper("DELETE FROM audit.entry WHERE chain_seq = 3");
    write_on(writer, c);
    CHECK(c.findings() == "CUT 3");
  }
  SUBCASE("another in its place") {
    c.tamper("UPDATE audit.entry SET entry_hash = decode(repeat('ab', 32), 'hex') WHERE chain_seq = 3");
    write_on(writer, c);
    CHECK(c.findings() == "CHANGED 3, CHANGED 3");
  }
  SUBCASE("all of them") {
    c.tamper("DELETE FROM audit.entry");
    write_on(writer, c);
    CHECK(c.findings() == "CUT 1");
  }
  SUBCASE("the whole chain") {
    c.tamper("DELETE FROM audit.entry; DELETE FROM audit.chain_tail; DELETE FROM audit.chain");
    write_on(writer, c);
    CHECK(c.findings() == "MISSING 0");
  }
  CHECK(c.rows.number(reports) == 1);
  CHECK(c.rows.number(alerts) == 1);
  CHECK(writer.take_alerts() == 1);
  CHECK(c.rows.number("SELECT count(*) FROM messaging.outbox WHERE event_type = 'OperatorAlertRaised'") == 1);
  auto found = c.findings();
  c.end_sessions();
  write_on(writer, c);
  CHECK(c.findings() == found);
  CHECK(c.rows.number(alerts) == 1);  // only once
  // The report is as hard to remove as what it reports.
  c.end_sessions();
  c.tamper("DELETE FROM audit.entry WHERE event_type = 'AUDIT_CHAIN_DIFFERS'");
  write_on(writer, c);
  CHECK_FALSE(c.verify().valid);
}

TEST_CASE("chain memory: an entry says what was expected and what was found") {
  audited_company c;
  auto writer = c.writer();
  write_on(writer, c);
  write_on(writer, c);
  auto chain = text_of(c.rows.db(), "SELECT chain_id FROM audit.entry LIMIT 1");
  c.end_sessions();
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 2");
  write_on(writer, c);
  CHECK(text_of(c.rows.db(),
                "SELECT (details->>'chainId') || ' ' || (details->'expected'->>'seq') || ' ' || "
                "(details->'found'->>'seq') || ' ' || actor_type || ' ' || outcome FROM audit.entry WHERE "
                "event_type = 'AUDIT_CHAIN_DIFFERS'") == chain + " 2 1 SYSTEM FAILURE");
}

TEST_CASE("chain memory: of a batch in doubt there is all or nothing") {
  audited_company c;
  auto writer = c.writer();
  write_on(writer, c);
  auto end = [&] {
    auto row = pqxx::nontransaction{c.rows.db()}.exec("SELECT chain_id, chain_seq, encode(entry_hash, 'hex') "
                                                      "FROM audit.entry ORDER BY chain_seq DESC LIMIT 1");
    return chain_head{c.rows.tenant, uuid::parse(row[0][0].c_str()).value(), row[0][1].as<std::int64_t>(),
                      hash_from_hex(row[0][2].c_str()).value()};
  };
  auto known = end();
  REQUIRE(commit_all(writer, {unit_of(c.rows.tenant, entry_of()), unit_of(c.rows.tenant, entry_of())}) ==
          std::vector<std::string>{"ok", "ok"});
  chain_memory memory;
  memory.opened({c.rows.tenant, known.chain_id, 0, {}}, {});
  memory.promise(known, {});
  memory.committed(c.rows.tenant);
  memory.promise(end(), {});
  auto recalled = [&] {
    pqxx::nontransaction tx{c.rows.db()};
    return memory.recall(tx, c.rows.tenant);
  };
  CHECK(recalled().differences.empty());
  CHECK(recalled().heads == std::vector{end()});
  auto whole = end();
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 3");
  REQUIRE(recalled().differences.size() == 1);
  CHECK(recalled().heads == std::vector{whole});
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 2");
  CHECK(recalled().differences.empty());
  CHECK(recalled().heads == std::vector{known});
}

TEST_CASE("chain memory: a batch that is refused does not take the report with it") {
  audited_company c;
  auto writer = c.writer();
  auto card = card_of(person_uuid::generate(), c.rows.shop);
  REQUIRE(commit_one(writer, unit_of(c.rows.tenant, card, entry_of())) == "ok");
  c.end_sessions();
  c.tamper("DELETE FROM audit.entry");
  for (int attempts = 0; attempts < 3; ++attempts)
    CHECK(commit_one(writer, unit_of(c.rows.tenant, card, entry_of())) != "ok");
  CHECK(c.rows.number(reports) == 0);
  write_on(writer, c);
  CHECK(c.rows.number(reports) == 1);
  CHECK(c.findings() == "CUT 1");
}

TEST_CASE("chain memory: it outlives its writer") {
  audited_company c;
  auto memory = std::make_shared<chain_memory>();
  auto session = std::make_shared<backend_succession>();
  auto writer = [&] { return journal_writer{c.rows.url(), c.key, session, {}, memory}; };
  {
    auto first = writer();
    write_on(first, c);
    write_on(first, c);
  }
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 2");
  auto second = writer();
  write_on(second, c);
  CHECK(c.findings() == "CUT 2");
  CHECK(c.rows.number(alerts) == 1);
}

TEST_CASE("audit anchors: what writers end is written without asking the database, a number at a time") {
  audited_company c;
  audit_anchors anchors{c.anchor_file};
  auto memory = std::make_shared<chain_memory>([&](const chain_head& end) { anchors.note(end); });
  journal_writer writer{c.rows.url(), c.key, std::make_shared<backend_succession>(), {}, memory};
  CHECK(anchors.write_noted() == 0);
  write_on(writer, c);
  write_on(writer, c);
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 2");  // before anybody looked
  CHECK(anchors.write_noted() == 1);
  CHECK(anchors.write_noted() == 0);
  CHECK(c.findings() == "CUT 2");
  for (int n = 0; n < 5; ++n)
    anchors.note({c.rows.tenant, uuid::generate(), 1, {}});
  auto first = chain_head{c.rows.tenant, uuid::generate(), 1, {}};
  anchors.note(first);
  CHECK(anchors.write_noted(4) == 4);
  first.seq = 9;
  anchors.note(first);
  CHECK(anchors.write_noted(4) == 2);
  CHECK(anchors.write_noted(4) == 0);
  CHECK(all_of(anchors).at(first.chain_id).seq == 9);
}

TEST_CASE("chain memory: another writer that believed the database does not make up for it") {
  audited_company c;
  auto writer = c.writer();
  write_on(writer, c);
  write_on(writer, c);
  c.end_sessions();
  c.tamper("DELETE FROM audit.entry WHERE chain_seq = 2");
  c.write_chain(1);
  c.write_chain(1);
  CHECK(c.findings().empty());
  write_on(writer, c);
  CHECK(c.findings() == "CUT 2");
}

TEST_CASE("chain memory: sessions that end under load are no difference, whatever became of their batches") {
  audited_company c;
  std::atomic<int> acknowledged{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> writers;
  for (int n = 0; n < 2; ++n)
    writers.emplace_back([&] {
      auto writer = c.writer();
      while (!over) {
        std::vector<commit_unit> units;
        for (int i = 0; i < 5; ++i)
          units.push_back(unit_of(c.rows.tenant, entry_of()));
        for (const auto& code : commit_all(writer, units))
          acknowledged += code == "ok" ? 1 : 0;
      }
    });
  for (int cuts = 0; cuts < 60; ++cuts) {
    auto before = acknowledged.load();
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (acknowledged < before + 20 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    c.end_sessions();
  }
  over = true;
  for (auto& w : writers)
    w.join();
  CHECK(c.rows.number("SELECT count(*) FROM audit.entry") >= acknowledged);
  CHECK(c.rows.number(reports) == 0);
  CHECK(c.findings().empty());
}

}  // namespace musterd::testing
