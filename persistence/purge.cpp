#include "persistence/purge.hpp"

#include "persistence/dynamic_query.hpp"

namespace musterd {
namespace purges {

/// Stored answers are repeated for 24 hours (DECISIONS, section 1).
const purge idempotency_keys{"idempotency_keys", R"(
  DELETE FROM journal.idempotency_key WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM journal.idempotency_key WHERE created_at < now() - make_interval(hours => $1::int)
    ORDER BY created_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

const purge inbox{"inbox", R"(
  DELETE FROM messaging.inbox WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messaging.inbox WHERE processed_at < now() - make_interval(hours => $1::int)
    ORDER BY processed_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

/// Counted from when they would have ended by themselves, revoked or not.
const purge sign_ins{"sign_ins", R"(
  DELETE FROM security.refresh_token_family WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM security.refresh_token_family WHERE expires_at < now() - make_interval(hours => $1::int)
    ORDER BY expires_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

const purge alerts{"alerts", R"(
  DELETE FROM messaging.alert WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM messaging.alert WHERE raised_at < now() - make_interval(hours => $1::int)
    ORDER BY raised_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

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

/// With their commands and history, some twenty rows each.
const purge offboarding_cases{"offboarding_cases", R"(
  WITH gone AS (
    SELECT tenant_id, case_id FROM people.offboarding_case
    WHERE closed_at < now() - make_interval(hours => $1::int)
    ORDER BY closed_at LIMIT ($2::int + 19) / 20 FOR UPDATE SKIP LOCKED),
  history AS (DELETE FROM people.offboarding_history h USING gone g
              WHERE h.tenant_id = g.tenant_id AND h.case_id = g.case_id),
  commands AS (DELETE FROM people.offboarding_command c USING gone g
               WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id)
  DELETE FROM people.offboarding_case c USING gone g WHERE c.tenant_id = g.tenant_id AND c.case_id = g.case_id)"};

const purge admin_departures{"admin_departures", R"(
  DELETE FROM security.admin_departure WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM security.admin_departure WHERE departed_at < now() - make_interval(hours => $1::int)
    ORDER BY departed_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

/// Their files go by their own age (audit_exporter).
const purge exports{"exports", R"(
  DELETE FROM audit.export_job WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM audit.export_job WHERE finished_at < now() - make_interval(hours => $1::int)
    ORDER BY finished_at LIMIT $2::int FOR UPDATE SKIP LOCKED)))"};

}  // namespace purges

std::size_t purge_batch(pqxx::transaction_base& tx, const purge& what, std::chrono::hours kept, int most) {
  return run_query(tx, std::string{what.sql}, {std::to_string(kept.count()), std::to_string(most)})
      .affected_rows();
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
