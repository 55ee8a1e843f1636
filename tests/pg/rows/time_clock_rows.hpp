#pragma once

#include "domain/kernel/commit.hpp"
#include "domain/kernel/outgoing_event.hpp"
#include "domain/timecard/records.hpp"
#include "persistence/journal/journal_writer.hpp"
#include "tests/support/scratch_database.hpp"

#include <fmt/format.h>

#include <initializer_list>

/// Rows of the time clock, written without actors: what the tables alone refuse.
namespace musterd::testing {

/// A test's own migrated database, with a tenant and two shops.
class migrated_database {
 public:
  migrated_database();

  /// For the server's role.
  const std::string& url() const { return database_.url(); }
  scratch_database& database() { return database_; }
  /// As the owner.
  pqxx::connection& db() { return *db_; }
  std::int64_t number(const std::string& sql) { return number_of(*db_, sql); }
  /// Waits until a session in this database waits for a lock; false if none does within half a minute.
  bool somebody_waits_for_a_lock();

  tenant_uuid tenant = tenant_uuid::generate();
  location_uuid shop = location_uuid::generate(), other_shop = location_uuid::generate();

 private:
  scratch_database database_;
  std::unique_ptr<pqxx::connection> db_;
};

/// 2026-01-11 at this time.
timestamp at_hour(int hour, int minute = 0);

timecard card_of(person_uuid person, location_uuid shop, int day = 11);
clock_session session_on(const timecard& card, timestamp from, std::optional<timestamp> to = {});
break_record break_in(const clock_session& session, timestamp from, std::optional<timestamp> to = {});

/// One command's writes.
template <class... Rows>
commit_unit unit_of(tenant_uuid tenant, const Rows&... rows) {
  return {uuid::generate(), {write_row(tenant, rows)...}};
}

/// The result of one unit: "ok" or the fault's code.
std::string commit_one(journal_writer& writer, const commit_unit& unit);
std::vector<std::string> commit_all(journal_writer& writer, const std::vector<commit_unit>& units);

/// PostgreSQL's verdict on a unit, on a separate connection: "ok", the violated constraint, "deadlock", or
/// the SQL state.
std::string refusal_of(const migrated_database& of, const commit_unit& unit);

/// How many of the story's rules the tables break right now; must be 0.
std::int64_t broken_rules(pqxx::connection& db);

}  // namespace musterd::testing
