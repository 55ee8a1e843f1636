#include "persistence/purge.hpp"

#include "persistence/dynamic_query.hpp"

#include <fmt/format.h>

namespace musterd {
namespace {

std::string oldest_of(std::string_view table, std::string_view time) {
  return fmt::format(R"(
  DELETE FROM {0} WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM {0} WHERE {1} < now() - make_interval(hours => $1::int)
    ORDER BY {1} LIMIT $2::int FOR UPDATE SKIP LOCKED)))",
                     table, time);
}

}  // namespace

namespace purges {

/// Stored answers are repeated for 24 hours (DECISIONS, section 1).
const purge idempotency_keys{"idempotency_keys", oldest_of("journal.idempotency_key", "created_at")};

const purge inbox{"inbox", oldest_of("messaging.inbox", "processed_at")};

/// Counted from when they would have ended by themselves, revoked or not.
const purge sign_ins{"sign_ins", oldest_of("security.refresh_token_family", "expires_at")};

const purge alerts{"alerts", oldest_of("messaging.alert", "raised_at")};

/// Only those that somebody decided about.
const purge dead_letters{"dead_letters", R"(
  WITH gone AS (
    SELECT d.id FROM messaging.dead_letter_action a JOIN messaging.dead_letter d ON d.id = a.dead_letter_id
    WHERE a.acted_at < now() - make_interval(hours => $1::int)
      AND NOT EXISTS (SELECT FROM messaging.outbox_held h WHERE h.dead_letter_id = d.id)
    ORDER BY a.acted_at LIMIT $2::int FOR UPDATE OF d SKIP LOCKED),
  actions AS (DELETE FROM messaging.dead_letter_action WHERE dead_letter_id IN (SELECT id FROM gone))
  DELETE FROM messaging.dead_letter WHERE id IN (SELECT id FROM gone))"};

const purge replay_items{"replay_items", R"(
  DELETE FROM messaging.dead_letter_replay_item WHERE ctid = ANY (ARRAY(
    SELECT i.ctid FROM messaging.dead_letter_replay r JOIN messaging.dead_letter_replay_item i USING (replay_id)
    WHERE r.finished_at < now() - make_interval(hours => $1::int) LIMIT $2::int FOR UPDATE OF i SKIP LOCKED)))"};

/// After their items.
const purge replays{"replays", R"(
  DELETE FROM messaging.dead_letter_replay WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messaging.dead_letter_replay r WHERE finished_at < now() - make_interval(hours => $1::int)
      AND NOT EXISTS (SELECT FROM messaging.dead_letter_replay_item i WHERE i.replay_id = r.replay_id)
    ORDER BY finished_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

/// With their commands, history and version (offboarding_aggregate), some twenty rows each.
const purge offboarding_cases{"offboarding_cases", R"(
  WITH gone AS (
    SELECT tenant_id, case_id FROM people.offboarding_case
    WHERE closed_at < now() - make_interval(hours => $1::int)
    ORDER BY closed_at LIMIT ($2::int + 19) / 20 FOR UPDATE SKIP LOCKED),
  history AS (DELETE FROM people.offboarding_history h USING gone g
              WHERE h.tenant_id = g.tenant_id AND h.case_id = g.case_id),
  commands AS (DELETE FROM people.offboarding_command c USING gone g
               WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id),
  versions AS (DELETE FROM journal.record_version v USING gone g
               WHERE v.tenant_id = g.tenant_id AND v.record_id = g.case_id AND v.aggregate = 'offboarding')
  DELETE FROM people.offboarding_case c USING gone g WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id)"};

const purge admin_departures{"admin_departures", oldest_of("security.admin_departure", "departed_at")};

/// Their files go by their own age (audit_exporter).
const purge exports{"exports", oldest_of("audit.export_job", "finished_at")};

/// With their sessions and breaks, some ten rows each.
const purge timecards{"timecards", R"(
  WITH gone AS (
    SELECT tenant_id, id FROM people.timecard
    WHERE work_date < (now() - make_interval(hours => $1::int))::date AND status = 'CLOSED'
    ORDER BY work_date LIMIT ($2::int + 9) / 10 FOR UPDATE SKIP LOCKED),
  breaks AS (DELETE FROM people.break_record b USING gone g
             WHERE b.tenant_id = g.tenant_id AND b.timecard_id = g.id),
  sessions AS (DELETE FROM people.clock_session s USING gone g
               WHERE s.tenant_id = g.tenant_id AND s.timecard_id = g.id)
  DELETE FROM people.timecard t USING gone g WHERE t.tenant_id = g.tenant_id AND t.id = g.id)"};

/// What was worked is history to everybody else (0005).
const purge job_timers{"job_timers", R"(
  DELETE FROM workexec.job_timer WHERE (SELECT set_config('musterd.purges', 'job_timers', true)) IS NOT NULL
    AND ctid = ANY (ARRAY(
      SELECT ctid FROM workexec.job_timer WHERE end_time < now() - make_interval(hours => $1::int)
      ORDER BY end_time LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

}  // namespace purges

std::size_t purge_batch(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept, int most) {
  return run_query(tx, what.sql, {std::to_string(kept.count()), std::to_string(most)}).affected_rows();
}

std::size_t purge_until(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept,
                        std::chrono::steady_clock::time_point deadline) {
  std::size_t total = 0;
  while (auto gone = purge_batch(tx, what, kept)) {
    total += gone;
    if (std::chrono::steady_clock::now() >= deadline)
      break;
  }
  return total;
}

}  // namespace musterd
