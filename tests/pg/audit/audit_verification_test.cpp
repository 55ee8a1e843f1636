#include "common/json/json_write.hpp"
#include "tests/pg/audit/audit_rows.hpp"
#include "tests/support/deadline.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <limits>
#include <thread>

/// What a verification costs, and how it is abandoned.
namespace musterd::testing {
namespace {

using namespace std::chrono_literals;
using namespace std::chrono;

/// A company with entries of one morning among those of many other days, each in its own chain.
struct old_company : audited_company {
  const timestamp morning = sys_days{year{2026} / 10 / 20} + 8h;

  void write_at(timestamp when) {
    auto entry = entry_of();
    entry.occurred_at = when;
    auto one = writer();
    REQUIRE(commit_one(one, unit_of(rows.tenant, entry)) == "ok");
  }
  audit_selection of_morning() const { return {rows.tenant, morning, morning + 4h}; }
};

constexpr auto last_seq = std::numeric_limits<std::int64_t>::max();

std::string anchor(timestamp seen_at, tenant_uuid tenant, const uuid& chain, int seq) {
  return fmt::format(R"({{"seenAt":"{}","tenantId":"{}","chainId":"{}","seq":{},"hash":"{:064}"}})",
                     to_string(seen_at), to_string(tenant), to_string(chain), seq, 0);
}

}  // namespace

TEST_CASE_FIXTURE(
    old_company,
    "audit verification: a part of the trail looks at its own chains, and those next behind it") {
  for (int i = 0; i < 20; ++i)
    write_at(morning - hours{24 * (i + 1)});
  write_at(morning + 1h);
  for (int i = 0; i < 20; ++i)
    write_at(morning + hours{24 * (i + 1)});
  CHECK(findings().empty());
  CHECK(verify().chains_checked == 41);
  auto part = verify(of_morning());
  CHECK(part.valid);
  CHECK(part.entries_checked == part.chains_checked);  // each has one, inside or at the edge
  CHECK(part.chains_checked <= 17);
}

TEST_CASE_FIXTURE(old_company,
                  "audit verification: what is missing from a part is found by those next behind it") {
  write_at(morning - 24h);
  write_at(morning + 1h);
  write_at(morning + 24h);
  tamper("UPDATE audit.chain SET opened_at = (SELECT min(occurred_at) FROM audit.entry e WHERE e.chain_id = "
         "chain.chain_id)");
  auto of_the_morning = fmt::format("chain_id IN (SELECT chain_id FROM audit.chain WHERE opened_at = '{}')",
                                    to_string(morning + 1h));
  auto found_missing = [&] {
    auto problems = verify(of_morning()).problems;
    return std::ranges::count(problems, audit_problem_kind::missing, &audit_problem::kind);
  };
  CHECK(found_missing() == 0);
  tamper(fmt::format("DELETE FROM audit.entry WHERE {0}; DELETE FROM audit.chain WHERE {0}", of_the_morning));
  CHECK(found_missing() == 1);
}

TEST_CASE_FIXTURE(audited_company,
                  "Security: a part that was wiped is not excused by a forged first or last entry") {
  struct forgery {
    const char* time;
    std::int64_t seq;
    int entries_before;
  };
  for (const auto& [time, seq, entries_before] :
       {forgery{"0002-01-01", 1'000'000'000'000, 2}, forgery{"0002-01-01", last_seq, 2},
        forgery{"9998-01-01", 1, 0}}) {
    CAPTURE(seq);
    auto now = wall_clock_now();
    auto one = writer();
    for (int i = 0; i < entries_before + 2; ++i) {
      auto entry = entry_of();
      entry.occurred_at = i < entries_before ? now - 2h : now;
      REQUIRE(commit_one(one, unit_of(rows.tenant, entry)) == "ok");
    }
    audit_selection of_now{rows.tenant, now - 1h, now + 1h};
    REQUIRE(verify(of_now).valid);
    tamper(
        fmt::format("WITH gone AS (DELETE FROM audit.entry WHERE occurred_at > now() - interval '90 minutes' "
                    "RETURNING *) "
                    "INSERT INTO audit.entry SELECT tenant_id, gen_random_uuid(), category, event_type, "
                    "'{}', actor_type, "
                    "actor_id, subject_type, subject_id, location_id, outcome, reason_code, correlation_id, "
                    "client_address, user_agent, details, refs, chain_id, {}, entry_hash FROM gone LIMIT 1",
                    time, seq));
    CHECK_FALSE(verify(of_now).valid);
    tamper("DELETE FROM audit.entry; DELETE FROM audit.chain_link; DELETE FROM audit.chain_tail; DELETE FROM "
           "audit.chain");
  }
}

TEST_CASE("audit anchors: of a part only its time is read, however long the file is") {
  audited_company c;
  auto tenant = c.rows.tenant, other = tenant_uuid::generate();
  auto chain = uuid::generate();
  auto begin = sys_days{year{2026} / 1 / 1};
  {
    std::ofstream file{c.anchor_file};
    for (int hour = 0; hour < 40'000; ++hour)
      file << anchor(begin + hours{hour}, hour % 2 == 0 ? tenant : other,
                     hour == 20'000 ? chain : uuid::generate(), 7)
           << '\n';
    file << std::string(5000, 'x') << "\n{\"seenAt\":\"2026";  // and a line that a crash cut short
  }
  audit_anchors anchors{c.anchor_file};
  int asked = 0;
  auto count = [&asked] { return ++asked > 0; };
  auto around = begin + hours{20'000};
  auto part = anchors.read({tenant, around - 1h, around + 1h}, count);
  REQUIRE(part.has_value());
  CHECK(part->contains(chain));
  CHECK(part->size() <= 26);
  CHECK(asked == 1);
  CHECK(anchors.read({tenant, {}, {}}, count)->size() == 20'000);
  CHECK(asked == 41);
  CHECK(anchors.read({tenant, begin + hours{39'999}, {}})->size() == 12);
  CHECK(anchors.read({tenant, begin - 24h, begin})->size() == 13);
  CHECK(anchors.read({other, begin + hours{50'000}, {}})->empty());
  CHECK_FALSE(anchors.read({}, [] { return false; }).has_value());
}

TEST_CASE(
    "audit verification: is given up while the database is still looking, and leaves it nothing to do") {
  audited_company c;
  c.write_chain(1);
  auto sessions = [&c](const std::string& more = "") {
    return c.rows.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                         "application_name = 'musterd stream'" +
                         more);
  };
  for (const auto* table : {"audit.chain", "audit.chain_link", "audit.chain_tail", "audit.entry"}) {
    CAPTURE(table);
    pqxx::connection other{c.rows.database().owner_url()};
    pqxx::work in_the_way{other};
    in_the_way.exec(fmt::format("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", table));
    std::atomic<bool> wanted{true}, over{false};
    std::optional<audit_verification> result;
    std::jthread asker{[&] {
      stream_patience patience;
      patience.go_on = [&wanted] { return wanted.load(); };
      result = verify_audit(c.rows.url(), c.key, audit_anchors{""}, {}, patience);
      over = true;
    }};
    CHECK(becomes_true(30s, [&] { return sessions(" AND wait_event_type = 'Lock'") == 1; }));
    CHECK_FALSE(over);
    wanted = false;
    CHECK(becomes_true(30s, [&] { return over.load(); }));
    CHECK(becomes_true(30s, [&] { return sessions() == 0; }));
    CHECK_FALSE(result.has_value());
  }
  CHECK(c.findings().empty());
}

TEST_CASE("audit verification: no statement takes longer than it was given") {
  audited_company c;
  c.write_chain(1);
  pqxx::connection other{c.rows.database().owner_url()};
  pqxx::work in_the_way{other};
  in_the_way.exec("LOCK TABLE audit.chain IN ACCESS EXCLUSIVE MODE");
  stream_patience patience;
  patience.statement = 200ms;
  CHECK_THROWS_WITH(verify_audit(c.rows.url(), c.key, audit_anchors{""}, {}, patience),
                    doctest::Contains("statement timeout"));
}

}  // namespace musterd::testing
