#include "persistence/audit/chain/chain_opening.hpp"

#include "persistence/sql/connection.hpp"
#include "tests/pg/audit/audit_rows.hpp"
#include "tests/pg/upkeep/query_cost.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>

namespace musterd::testing {
namespace {

/// Chains that ended long ago, one a day, each with entries in its month and named by its successor.
void write_history(migrated_database& of, int chains) {
  pqxx::work tx{of.db()};
  auto tenant = to_string(of.tenant);
  tx.exec(fmt::format("SELECT audit.make_partitions((now() - interval '{} days')::date, {})", chains,
                      chains / 30 + 1));
  tx.exec(fmt::format("CREATE TEMP TABLE past ON COMMIT DROP AS SELECT n, gen_random_uuid() AS id, now() - n "
                      "* interval '1 day' "
                      "AS at FROM generate_series(1, {}) n",
                      chains));
  tx.exec(fmt::format("INSERT INTO audit.chain SELECT '{}', id, at, '\\x00' FROM past", tenant));
  tx.exec(fmt::format("INSERT INTO audit.chain_link SELECT '{}', b.id, a.id, 2, '\\x00' FROM past a "
                      "JOIN past b ON b.n = a.n - 1",
                      tenant));
  tx.exec(fmt::format(
      "INSERT INTO audit.entry (tenant_id, entry_id, category, event_type, occurred_at, actor_type, "
      "actor_id, "
      "subject_type, subject_id, outcome, correlation_id, details, chain_id, chain_seq, entry_hash) "
      "SELECT '{0}', gen_random_uuid(), 'PEOPLE', 'X', at, 'USER', '{0}', 'X', '{0}', 'SUCCESS', 'c', "
      "'{{}}', id, "
      "seq, '\\x00' FROM past, generate_series(1, 2) seq",
      tenant));
  tx.commit();
  pqxx::nontransaction{of.db()}.exec("ANALYZE audit.entry; ANALYZE audit.chain; ANALYZE audit.chain_link");
}

/// Whether earlier writers have left the database.
bool is_quiet(migrated_database& d) {
  return becomes_true(std::chrono::seconds{10},
                      [&] { return d.number(fmt::format("SELECT count(*) {}", other_clients)) == 0; });
}

/// Pages read by a new writer to open a chain after a history.
std::int64_t cost_of_opening(int chains) {
  audited_company c;
  write_history(c.rows, chains);
  c.write_chain(1);  // sees the whole history, once
  REQUIRE(is_quiet(c.rows));
  auto db =
      open_connection(c.rows.url(), "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan");
  pqxx::nontransaction session{*db};
  chain_owner owner{session};
  session.commit();
  pqxx::work tx{*db};
  auto pages = pages_read(tx, [&] { open_chain(tx, c.key, owner, c.rows.tenant, "2026-11"); });
  tx.commit();
  return pages;
}

/// A trail as left by the program before openings had their present form.
void write_old_chain(audited_company& of, const std::vector<chain_head>& earlier, int entries,
                     chain_head& head) {
  chain_opening opening{of.rows.tenant, uuid::generate(), wall_clock_now(), earlier};
  auto mac = hash_of(of.key, opening, opening_form::names_unnamed);
  pqxx::work tx{of.rows.db()};
  tx.exec(fmt::format("INSERT INTO audit.chain VALUES ('{}', '{}', '{}', '\\x{}')", to_string(opening.tenant),
                      to_string(opening.chain_id), to_string(opening.opened_at), to_hex(mac)));
  for (const auto& e : earlier)
    tx.exec(fmt::format("INSERT INTO audit.chain_link VALUES ('{}', '{}', '{}', {}, '\\x{}')",
                        to_string(opening.tenant), to_string(opening.chain_id), to_string(e.chain_id), e.seq,
                        to_hex(e.hash)));
  tx.commit();
  head = {opening.tenant, opening.chain_id, 0, mac};
  std::deque<row_write> rows;
  std::vector<const row_write*> writes;
  for (int i = 0; i < entries; ++i)
    writes.push_back(&rows.emplace_back(link_entry(of.key, head, write_row(of.rows.tenant, entry_of()))));
  auto db = open_connection(of.rows.url());  // each batch's statements belong to its connection
  commit_batch{}.execute(*db, writes);
}

constexpr auto chains_not_named = R"(
  SELECT count(*) FROM audit.chain c WHERE NOT EXISTS (
    SELECT FROM audit.chain_link l WHERE l.earlier_chain_id = c.chain_id AND l.seq = coalesce(
      (SELECT max(e.chain_seq) FROM audit.entry e WHERE e.chain_id = c.chain_id), 0)))";

}  // namespace

TEST_CASE("chain opening: costs the same behind a hundred chains in months and behind a thousand in years") {
  auto few = cost_of_opening(100), many = cost_of_opening(1000);
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + 10);
}

TEST_CASE("chain opening: a trail from before is valid, and is named by the first that follows") {
  audited_company c;
  chain_head first, second;
  write_old_chain(c, {}, 4, first);
  write_old_chain(c, {first}, 5, second);
  CHECK(c.findings().empty());
  c.write_chain(1);
  c.write_chain(2);
  CHECK(c.verify().valid);
  CHECK(c.verify().chains_checked == 4);
  chain_head third;
  write_old_chain(c, {}, 3, third);  // by a node not yet upgraded
  c.write_chain(1);
  CHECK(c.findings().empty());
  CHECK(c.rows.number(chains_not_named) == 1);
  for (const auto& head : {first, second, third})
    c.tamper(fmt::format("DELETE FROM audit.entry WHERE chain_id = '{}' AND chain_seq = {}",
                         to_string(head.chain_id), head.seq));
  auto problems = c.verify().problems;
  REQUIRE(problems.size() == 3);
  for (const auto& p : problems)
    CHECK(p.kind == audit_problem_kind::cut);
}

TEST_CASE("chain opening: what may still grow is named again, and what is over once more") {
  audited_company c;
  auto growing = c.writer();
  REQUIRE(commit_one(growing, unit_of(c.rows.tenant, entry_of())) == "ok");
  auto chain = text_of(c.rows.db(), "SELECT chain_id FROM audit.chain");
  auto times_named = [&] {
    return c.rows.number(
        fmt::format("SELECT count(*) FROM audit.chain_link WHERE earlier_chain_id = '{}'", chain));
  };
  c.write_chain(1);
  c.write_chain(1);  // it has not grown, but it may
  CHECK(times_named() == 2);
  for (int i = 0; i < 3; ++i)
    REQUIRE(commit_one(growing, unit_of(c.rows.tenant, entry_of())) == "ok");
  c.write_chain(1);
  CHECK(times_named() == 3);
  CHECK(c.findings().empty());
  c.tamper(fmt::format("DELETE FROM audit.entry WHERE chain_id = '{}' AND chain_seq > 1", chain));
  CHECK(c.findings() == "CUT 2");
}

TEST_CASE("chain opening: chains that are over leave the tails") {
  audited_company c;
  for (int i = 0; i < 5; ++i) {
    c.write_chain(1);
    REQUIRE(is_quiet(c.rows));
  }
  CHECK(c.rows.number("SELECT count(*) FROM audit.chain_tail") == 1);
  CHECK(c.rows.number("SELECT count(*) FROM audit.chain_link") == 4);
  CHECK(c.rows.number(chains_not_named) == 1);
  CHECK(c.findings().empty());
}

TEST_CASE("chain opening: many at once, for one company, leave none unnamed") {
  audited_company c;
  std::atomic<int> committed{0};
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 8; ++i)
      nodes.emplace_back([&] {
        auto writer = c.writer();
        // On a busy machine, opening a chain may hold the lock for longer than a commit waits.
        for (int n = 0, tries = 0; n < 5 && tries < 100; ++tries) {
          auto done = commit_one(writer, unit_of(c.rows.tenant, entry_of())) == "ok";
          n += done;
          committed += done;
        }
      });
  }
  REQUIRE(committed == 40);
  c.write_chain(1);
  CHECK(c.verify().chains_checked == 9);
  CHECK(c.rows.number(chains_not_named) == 1);
  CHECK(c.findings().empty());
}

TEST_CASE("chain opening: the end of a chain is found in whatever months its entries are") {
  using namespace std::chrono;
  audited_company c;
  {
    auto writer = c.writer();
    for (int month : {11, 2, 11, 3, 4, 5, 6, 7, 8, 9, 2, 1}) {
      auto entry = entry_of();
      entry.occurred_at = sys_days{year{2025} / month / 15};
      auto refused = unit_of(c.rows.tenant, entry, entry);
      REQUIRE(commit_one(writer, refused) == "CONSTRAINT_VIOLATED");
      REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry)) == "ok");
    }
  }
  c.write_chain(1);
  CHECK(c.rows.number("SELECT seq FROM audit.chain_link") == 12);
  CHECK(c.findings().empty());
}

TEST_CASE("chain opening: neither the last month there is nor what is no month ends a company") {
  using namespace std::chrono;
  audited_company c;
  auto far = entry_of();
  far.occurred_at = sys_days{year{9999} / December / 31} + 23h;
  auto writer = c.writer();
  REQUIRE(commit_one(writer, unit_of(c.rows.tenant, far)) == "ok");
  REQUIRE(c.rows.number("SELECT count(*) FROM audit.chain_tail WHERE months = '{9999-12}'") == 1);
  CHECK_NOTHROW(c.anchor());
  CHECK_NOTHROW(c.write_chain(2));
  CHECK(c.rows.number("SELECT seq FROM audit.chain_link") == 1);
  c.tamper("ALTER TABLE audit.chain_tail DROP CONSTRAINT tail_of_months");
  for (const std::string months : {"0000-12", "2026-13", "never"}) {
    CAPTURE(months);
    pqxx::nontransaction{c.rows.db()}.exec(
        fmt::format("UPDATE audit.chain_tail SET months = '{{{}}}'", months));
    CHECK_NOTHROW(c.anchor());
    CHECK_NOTHROW(c.write_chain(1));
  }
  CHECK(c.findings().empty());
}

TEST_CASE("chain opening: a falsified hint hides no entry of this month") {
  audited_company c;
  auto writer = c.writer();
  for (int i = 0; i < 3; ++i) {
    auto entry = entry_of();
    entry.occurred_at = wall_clock_now();
    REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry)) == "ok");
  }
  auto chain = text_of(c.rows.db(), "SELECT chain_id FROM audit.chain");
  pqxx::nontransaction{c.rows.db()}.exec("UPDATE audit.chain_tail SET months = '{2001-01}'");
  c.anchor();
  CHECK(all_of(audit_anchors{c.anchor_file}).at(uuid::parse(chain).value()).seq == 3);
  c.write_chain(1);
  CHECK(c.rows.number("SELECT seq FROM audit.chain_link") == 3);
  CHECK(c.findings().empty());
  std::ofstream{c.anchor_file}.close();
  c.tamper(fmt::format("DELETE FROM audit.entry WHERE chain_id = '{}'", chain));
  CHECK(c.findings() == "CUT 1");
}

TEST_CASE("audit verification: a chain that was taken from the open ones is missed") {
  audited_company c;
  c.write_chain(3);
  c.tamper("DELETE FROM audit.chain_tail");
  CHECK(c.findings() == "MISSING 3");
  c.write_chain(1);  // the newest is looked at anyway
  CHECK(c.findings().empty());
}

TEST_CASE("audit anchors: what is over is not looked at again") {
  auto cost = [](int chains) {
    audited_company c;
    write_history(c.rows, chains);
    c.write_chain(1);
    auto writer = c.writer();
    REQUIRE(commit_one(writer, unit_of(c.rows.tenant, entry_of())) == "ok");
    pqxx::work tx{c.rows.db()};
    audit_anchors anchors{c.anchor_file};
    std::size_t grown = 0;
    auto pages = pages_read(tx, [&] { grown = anchors.update(tx); });
    CHECK(grown >= 1);
    CHECK(grown <= 2);
    CHECK(anchors.update(tx) == 0);
    CHECK(all_of(anchors).size() == grown);
    return pages;
  };
  auto few = cost(100), many = cost(1000);
  CAPTURE(few);
  CHECK(few > 0);
  CHECK(many <= few + 10);
}

TEST_CASE("audit anchors: a month that cannot be read keeps no other from the file") {
  using namespace std::chrono;
  audited_company c;
  text_of(c.rows.db(), "SELECT audit.make_partitions('2025-03-01', 1)");
  auto past = entry_of();
  past.occurred_at = sys_days{year{2025} / March / 15};
  auto one = c.writer(), two = c.writer();
  REQUIRE(commit_one(one, unit_of(c.rows.tenant, past)) == "ok");
  REQUIRE(commit_one(two, unit_of(c.rows.tenant, entry_of())) == "ok");
  auto other = open_connection(c.rows.database().owner_url(), "");
  pqxx::work locking{*other};
  locking.exec("LOCK TABLE audit.entry_2025_03");
  pqxx::nontransaction tx{c.rows.db()};
  tx.exec("SET lock_timeout = 100");
  audit_anchors anchors{c.anchor_file};
  auto reached = [&] {
    anchors.update(tx);
    std::int64_t entries = 0;
    for (const auto& [chain, head] : all_of(anchors))
      entries += head.seq;
    return entries;
  };
  CHECK(reached() == 1);
  locking.abort();
  CHECK(reached() == 2);
}

TEST_CASE("audit anchors: more chains than one look takes are all looked at, round by round") {
  audited_company c;
  pqxx::nontransaction tx{c.rows.db()};
  tx.exec(fmt::format(
      "WITH made AS (INSERT INTO audit.chain SELECT '{0}', gen_random_uuid(), now(), '\\x{1}' FROM "
      "generate_series(1, {2}) RETURNING tenant_id, chain_id) INSERT INTO audit.chain_tail SELECT "
      "tenant_id, chain_id, '{{2026-11}}' FROM made",
      to_string(c.rows.tenant), to_hex(chain_hash{}), audit_anchors::chains_at_once + 5));
  audit_anchors anchors{c.anchor_file};
  CHECK(anchors.update(tx) == audit_anchors::chains_at_once);
  CHECK(anchors.update(tx) == 5);
  CHECK(anchors.update(tx) == 0);
  CHECK(all_of(anchors).size() == audit_anchors::chains_at_once + 5);
}

}  // namespace musterd::testing
