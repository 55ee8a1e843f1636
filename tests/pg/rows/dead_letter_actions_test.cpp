#include "tests/pg/rows/time_clock_rows.hpp"

#include "domain/operations/dead_letter_replay.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <barrier>
#include <thread>

/// Operators' decisions about dead letters, as the journal writes them and the database carries them out.
namespace musterd::testing {
namespace {

class letters {
 public:
  /// The head of a key, with one message waiting behind it, dead; if not `readable`, something that is no
  /// event.
  uuid add(bool readable = true) {
    auto letter = uuid::generate(), key = uuid::generate(), event = uuid::generate();
    pqxx::nontransaction tx{d.db()};
    tx.exec(
        fmt::format("INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, "
                    "event_type, entity_key, "
                    "routing_key, correlation_id, reason, error, body, raw_body, body_size, attempts, "
                    "first_failed_at) VALUES "
                    "('{0}', '{1}', 'q', 'c', '{2}', 'T', '{3}', 'r', 'c', 'REFUSED', 'e', {4}, 2, 1, now())",
                    to_string(letter), to_string(d.tenant), to_string(event), to_string(key),
                    readable ? "'{}', NULL" : "NULL, 'x'"));
    for (const auto* state : {"DEAD", "WAITING"})
      tx.exec(fmt::format(
          "INSERT INTO messaging.parked_message (consumer, tenant_id, entity_key, event_id, state, attempts, "
          "routing_key, body) VALUES ('c', '{}', '{}', '{}', '{}', 6, 'r', '{{}}')",
          to_string(d.tenant), to_string(key), to_string(std::exchange(event, uuid::generate())), state));
    return letter;
  }
  commit_unit decision(const std::vector<uuid>& about, dead_letter_verdict verdict,
                       std::optional<uuid> replay = {}) {
    commit_unit unit{about.front(), {}};
    for (const auto& id : about) {
      dead_letter letter;
      letter.dead_letter_id = id;
      auto reason =
          verdict == dead_letter_verdict::discard ? std::optional<std::string>{"why not"} : std::nullopt;
      generated_ids ids;
      add_decision(unit, context(), letter, {verdict, reason, replay}, audit_entry_uuid::generate(), ids);
    }
    return unit;
  }
  std::string decide(const std::vector<uuid>& about, dead_letter_verdict verdict,
                     std::optional<uuid> replay = {}) {
    return commit_one(writer, decision(about, verdict, replay));
  }
  request_context context() const {
    request_context ctx;
    ctx.tenant = d.tenant;
    ctx.actor = system_principal;
    ctx.now = at_hour(8);
    return ctx;
  }
  dead_letter_replay replay(const std::vector<uuid>& of) {
    dead_letter_replay result;
    result.replay_id = uuid::generate();
    result.created_by = system_principal;
    result.filter.text = "{}";
    result.total = static_cast<std::int64_t>(of.size());
    result.created_at = at_hour(8);
    REQUIRE(commit_one(writer, request_replay(context(), result, of, audit_entry_uuid::generate())) == "ok");
    return result;
  }

  migrated_database d;
  journal_writer writer{d.url()};
};

constexpr auto retry = dead_letter_verdict::retry, discard = dead_letter_verdict::discard;

}  // namespace

TEST_CASE("dead letter actions: many in one commit; a retry is sent and keeps its key, a discard frees it") {
  letters l;
  auto retried = std::vector{l.add(), l.add()}, discarded = std::vector{l.add(), l.add()};
  auto both = l.decision(retried, retry), dropped = l.decision(discarded, discard);
  std::move(dropped.writes.begin(), dropped.writes.end(), std::back_inserter(both.writes));
  REQUIRE(commit_one(l.writer, both) == "ok");
  CHECK(l.d.number("SELECT count(*) FROM messaging.outbox WHERE routing_key = 'q' AND exchange = ''") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.inbox") == 2);
  CHECK(l.d.number(
            "SELECT count(*) FROM messaging.parked_message WHERE state = 'RETRYING' AND attempts = 0") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'WAITING'") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'READY'") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.parked_message WHERE state = 'DEAD'") == 0);
  CHECK(l.d.number("SELECT count(*) FROM audit.entry") == 4);
}

TEST_CASE("dead letter actions: each rule refuses by its name, and nothing of the commit remains") {
  letters l;
  auto first = l.add(), second = l.add(), garbage = l.add(false);
  REQUIRE(l.decide({first}, retry) == "ok");
  CHECK(l.decide({second, first}, discard) == "DEAD_LETTER_NOT_OPEN");
  CHECK(l.decide({second, garbage}, retry) == "DEAD_LETTER_NOT_RETRYABLE");
  CHECK(l.decide({uuid::generate()}, discard) == "CONSTRAINT_VIOLATED");
  auto replay = l.replay({second});
  REQUIRE(commit_one(l.writer, end_replay(l.context(), replay, replay_state::cancelled,
                                          audit_entry_uuid::generate())) == "ok");
  CHECK(l.decide({second}, retry, replay.replay_id) == "DEAD_LETTER_REPLAY_FINISHED");
  CHECK(commit_one(l.writer, end_replay(l.context(), replay, replay_state::done,
                                        audit_entry_uuid::generate())) == "VERSION_CONFLICT");
  replay.version = 2;
  CHECK(commit_one(l.writer, end_replay(l.context(), replay, replay_state::done,
                                        audit_entry_uuid::generate())) == "DEAD_LETTER_REPLAY_FINISHED");
  CHECK(l.d.number("SELECT count(*) FROM messaging.dead_letter WHERE state = 'OPEN'") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.outbox") == 1);
  CHECK(l.d.number("SELECT count(*) FROM audit.entry WHERE subject_type = 'DeadLetter'") == 1);
}

TEST_CASE("dead letter actions: what a replay retries is counted and noted in the same commit") {
  letters l;
  auto chosen = std::vector{l.add(), l.add(), l.add()};
  auto replay = l.replay(chosen);
  REQUIRE(l.decide({chosen[0], chosen[1]}, retry, replay.replay_id) == "ok");
  CHECK(l.d.number("SELECT done FROM messaging.dead_letter_replay WHERE state = 'RUNNING'") == 2);
  CHECK(l.d.number("SELECT count(*) FROM messaging.dead_letter_replay_item WHERE outcome = 'DONE'") == 2);
}

TEST_CASE("race without actor: a dead letter is decided about once") {
  letters l;
  for (int round = 0; round < 5; ++round) {
    auto letter = l.add();
    constexpr int rivals = 6;
    std::vector<std::string> results(rivals);
    std::barrier ready{rivals};
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < rivals; ++i)
        threads.emplace_back([&, i] {
          journal_writer writer{l.d.url()};
          auto unit = l.decision({letter}, i % 2 == 0 ? retry : discard);
          ready.arrive_and_wait();
          // Of six waiting for one row, the last may have waited too long.
          for (int tries = 0; tries == 0 || (results[i] == "UNAVAILABLE" && tries < 60); ++tries)
            results[i] = commit_one(writer, unit);
        });
    }
    CHECK(std::count(results.begin(), results.end(), "ok") == 1);
    CHECK(std::count(results.begin(), results.end(), "DEAD_LETTER_NOT_OPEN") == rivals - 1);
  }
}

TEST_CASE("dead letter replay: the largest one is chosen within the time of a commit") {
  letters l;
  std::vector<uuid> chosen(static_cast<std::size_t>(max_replay_letters));
  std::generate(chosen.begin(), chosen.end(), [] { return uuid::generate(); });
  l.replay(chosen);
  CHECK(l.d.number("SELECT count(*) FROM messaging.dead_letter_replay_item") == max_replay_letters);
}

}  // namespace musterd::testing
