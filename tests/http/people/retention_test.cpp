#include "common/text/uuid.hpp"
#include "tests/http/time/desk.hpp"

#include <fmt/format.h>

/// Every table that only grows is purged by the server itself, each by its own setting.
namespace musterd::testing {
namespace {

struct kept_rows {
  const char* what;
  int days;
  const char* table;
  const char* id;
  /// {0} is a new id, {1} the time the row was finished.
  const char* insert;
};

/// All numbers of days differ, so that swapped settings are noticed.
const std::map<std::string, std::string> settings{
    {"MUSTERD_RETENTION_INBOX_DAYS", "2"},       {"MUSTERD_RETENTION_SIGN_IN_DAYS", "3"},
    {"MUSTERD_RETENTION_ALERT_DAYS", "4"},       {"MUSTERD_RETENTION_DEAD_LETTER_DAYS", "5"},
    {"MUSTERD_RETENTION_OFFBOARDING_DAYS", "6"}, {"MUSTERD_RETENTION_EXPORT_DAYS", "7"},
    {"MUSTERD_RETENTION_TIME_RECORDS_DAYS", "8"}};

constexpr kept_rows all_kept[]{
    {"idempotency_keys", 1, "journal.idempotency_key", "actor",
     "INSERT INTO journal.idempotency_key (tenant_id, actor, key, digest, status, body, created_at) VALUES "
     "('{0}', '{0}', 'k', 'd', 200, 'b', {1})"},
    {"inbox", 2, "messaging.inbox", "event_id",
     "INSERT INTO messaging.inbox (consumer, event_id, processed_at) VALUES ('c', '{0}', {1})"},
    {"sign_ins", 3, "security.refresh_token_family", "family_id",
     "INSERT INTO security.refresh_token_family (tenant_id, family_id, user_id, secret_hash, generation, "
     "created_at, rotated_at, expires_at, version) SELECT tenant_id, '{0}', user_id, repeat('a', 64), 1, "
     "now() - interval '1 year', now(), {1}, 1 FROM security.app_user LIMIT 1"},
    {"alerts", 4, "messaging.alert", "alert_id",
     "INSERT INTO messaging.alert (tenant_id, alert_id, severity, type, message, correlation_id, raised_at) "
     "VALUES ('{0}', '{0}', 'INFO', 'T', 'm', 'c', {1})"},
    {"dead_letters", 5, "messaging.dead_letter", "id",
     "INSERT INTO messaging.dead_letter (id, tenant_id, queue, consumer, event_id, event_type, entity_key, "
     "routing_key, correlation_id, reason, error, body, body_size, attempts, first_failed_at, dead_at) "
     "VALUES "
     "('{0}', '{0}', 'q', 'c', '{0}', 'T', '{0}', 'r', 'c', 'REFUSED', 'e', '{{}}', 2, 1, now(), now()); "
     "INSERT INTO messaging.dead_letter_action (tenant_id, dead_letter_id, verdict, reason, actor, acted_at) "
     "VALUES ('{0}', '{0}', 'DISCARD', 'no', '{0}', {1})"},
    {"replays", 5, "messaging.dead_letter_replay", "replay_id",
     "INSERT INTO messaging.dead_letter_replay (tenant_id, replay_id, created_by, correlation_id, filter, "
     "rate_per_second, total, state, created_at, finished_at, version) VALUES ('{0}', '{0}', '{0}', 'c', "
     "'{{}}', 1, 1, 'DONE', now() - interval '1 year', {1}, 1)"},
    {"replay_items", 5, "messaging.dead_letter_replay_item", "replay_id",
     "INSERT INTO messaging.dead_letter_replay (tenant_id, replay_id, created_by, correlation_id, filter, "
     "rate_per_second, total, state, created_at, finished_at, version) VALUES ('{0}', '{0}', '{0}', 'c', "
     "'{{}}', 1, 1, 'DONE', now() - interval '1 year', {1}, 1); "
     "INSERT INTO messaging.dead_letter_replay_item (tenant_id, replay_id, dead_letter_id, outcome) VALUES "
     "('{0}', '{0}', '{0}', 'DONE')"},
    {"offboarding_cases", 6, "people.offboarding_case", "case_id",
     "INSERT INTO people.offboarding_case (tenant_id, case_id, user_id, person_id, kind, state, "
     "effective_at, "
     "assignment_termination, opened_by, correlation_id, opened_at, closed_at, version) SELECT tenant_id, "
     "'{0}', user_id, person_id, 'DISABLE', 'COMPLETED', now(), 'END_ASSIGNMENTS_NOW', user_id, 'c', now() - "
     "interval '1 year', {1}, 1 FROM security.app_user LIMIT 1"},
    {"admin_departures", 6, "security.admin_departure", "departure_id",
     "INSERT INTO security.admin_departure (tenant_id, departure_id, user_id, permission_key, departed_at) "
     "VALUES ('{0}', '{0}', '{0}', 'a:b:c', {1})"},
    {"exports", 7, "audit.export_job", "export_id",
     "INSERT INTO audit.export_job (tenant_id, export_id, requested_by, correlation_id, format, request, "
     "status, rows_total, rows_written, bytes, created_at, finished_at, version) VALUES ('{0}', '{0}', "
     "'{0}', "
     "'c', 'CSV', '{{}}', 'DONE', 0, 0, 0, now() - interval '1 year', {1}, 1)"},
    // Days are kept whole.
    {"timecards", 8, "people.timecard", "id",
     "INSERT INTO people.timecard (tenant_id, id, person_id, location_id, work_date, status, version) VALUES "
     "('{0}', '{0}', '{0}', '{0}', ({1} - interval '12 hours')::date, 'CLOSED', 1)"},
    {"job_timers", 8, "workexec.job_timer", "timer_id",
     "INSERT INTO workexec.job_timer (tenant_id, timer_id, technician_id, work_order_id, location_id, "
     "status, "
     "start_time, end_time, duration_seconds, forced_stop, created_at, updated_at, version) VALUES ('{0}', "
     "'{0}', '{0}', '{0}', '{0}', 'STOPPED', {1} - interval '1 hour', {1}, 3600, false, now(), now(), 1)"}};

/// Returns the row's id.
std::string add(company_server& at, const kept_rows& rows, int hours_ago) {
  auto id = to_string(uuid::generate());
  pqxx::work tx{at.db()};
  tx.exec(fmt::format(fmt::runtime(rows.insert), id, fmt::format("now() - interval '{} hours'", hours_ago)));
  tx.commit();
  return id;
}

}  // namespace

TEST_CASE("housekeeping: the server purges all that only grows, each by its own setting") {
  company_server server{settings};
  server.process().stop();
  // Departures must be of existing users.
  pqxx::nontransaction{server.db()}.exec("ALTER TABLE security.admin_departure DISABLE TRIGGER USER");
  std::map<std::string, std::pair<std::string, std::string>> old_and_young;
  for (const auto& rows : all_kept)
    old_and_young[rows.what] = {add(server, rows, 24 * rows.days + 12),
                                add(server, rows, 24 * rows.days - 12)};
  server.process().start();  // it purges at its start
  server.process().wait_until_ready();
  for (const auto& rows : all_kept) {
    std::string what = rows.what;
    CAPTURE(what);
    auto is_there = [&](const std::string& id) {
      return number_of(server.db(),
                       fmt::format("SELECT count(*) FROM {} WHERE {} = '{}'", rows.table, rows.id, id)) > 0;
    };
    const auto& [old, young] = old_and_young[what];
    CHECK(becomes_true(patience, [&] {
      auto sample = fmt::format("rows_purged_total{{what=\"{}\"}}", what);
      return metric(server.client().get("/metrics").body, sample) >= 1;
    }));
    CHECK_FALSE(is_there(old));
    CHECK(is_there(young));
  }
}

TEST_CASE("housekeeping: who left when and what was done about it is kept unless a setting says otherwise "
          "[S90-R2]") {
  // Worked times are purged after the cases, so once they are gone the cases had their turn.
  company_server server{{{"MUSTERD_RETENTION_TIME_RECORDS_DAYS", "8"}}};
  server.process().stop();
  pqxx::nontransaction{server.db()}.exec("ALTER TABLE security.admin_departure DISABLE TRIGGER USER");
  auto kept_as = [](std::string_view what) {
    return *std::find_if(std::begin(all_kept), std::end(all_kept),
                         [&](const kept_rows& rows) { return rows.what == what; });
  };
  auto is_there = [&](const kept_rows& rows, const std::string& id) {
    return number_of(server.db(),
                     fmt::format("SELECT count(*) FROM {} WHERE {} = '{}'", rows.table, rows.id, id)) > 0;
  };
  constexpr int twenty_years = 24 * 366 * 20;
  auto cases = kept_as("offboarding_cases"), departures = kept_as("admin_departures"),
       timers = kept_as("job_timers");
  auto left = add(server, cases, twenty_years), departed = add(server, departures, twenty_years),
       worked = add(server, timers, twenty_years);
  server.process().start();
  server.process().wait_until_ready();
  REQUIRE(becomes_true(patience, [&] { return !is_there(timers, worked); }));
  CHECK(is_there(cases, left));
  CHECK(is_there(departures, departed));
}

}  // namespace musterd::testing
