#include "persistence/journal/journal_writer.hpp"

#include "common/observation/log.hpp"
#include "domain/kernel/version_check.hpp"
#include "persistence/sql/connection.hpp"
#include "persistence/sql/constraint_faults.hpp"
#include "persistence/sql/record_version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace musterd {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Nested deadlines, longest first: client, commit (actor_limits), split batch, statement, lock.
constexpr auto lock_wait_of_batch = 250ms, statement_limit = 2000ms;
/// Lock wait per unit of a split batch: units that need no contended lock must not wait for those that do,
/// and these together wait at most the second limit.
constexpr auto first_lock_wait = 20ms, lock_waits_together = 1000ms;
constexpr auto longest_split = 3000ms;
/// After a failed attempt this long the rest of the unit's company goes to the second round: its chain may be
/// what cannot be opened.
constexpr auto long_attempt = 500ms;
/// A server that has not even refused by now never will: its backend is ended and a new one used.
constexpr auto answer_limit = 5000ms;

/// Batches are small and tables large, whatever a young database's statistics say: plans always use indexes,
/// and are made once.
std::string writer_session_settings() {
  return fmt::format("SET application_name = '{}'; SET statement_timeout = {}; "
                     "SET idle_in_transaction_session_timeout = {}; "
                     "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; "
                     "SET enable_hashjoin = off; SET enable_mergejoin = off",
                     writer_application_name, statement_limit.count(), statement_limit.count());
}

fault not_taken() {
  return unavailable("The database could not take the change; try again.");
}

/// Lock timeout, deadlock, serialization failure or statement timeout: caused by concurrent work, so another
/// unit of the same batch may pass.
bool is_contention(std::string_view sqlstate) {
  return sqlstate == "55P03" || sqlstate == "57014" || sqlstate.starts_with("40");
}

/// The company whose chain the unit's audit entries extend; empty without any.
std::string_view audited_company(const commit_unit& unit) {
  for (const auto& write : unit.writes)
    if (&write.table() == &spec_of<audit_entry>())
      return write.element(0);
  return {};
}

/// Whether the unit's record is still at the version it was decided on.
bool is_current(pqxx::connection& db, const commit_unit& unit) {
  const auto& [tenant, to] = unit.record;
  pqxx::nontransaction tx{db};
  return find_record_version(tx, tenant, to.aggregate, to.record_id).record + 1 == to.version;
}

}  // namespace

void journal_writer::connect() {
  if (db_ && db_->is_open() && !is_deserted(*db_))
    return;
  batch_.forget_statements();
  interruption_.reset();
  db_.reset();
  if (cut_.stop_requested())
    throw std::runtime_error{"the server is stopping"};
  auto db = open_connection(url_, writer_session_settings(), cut_);
  interruption_.emplace(db->sock(), std::string{writer_application_name}, cut_);
  auto limit = interruption_->within(answer_limit);
  session_->begin(*db);
  db_ = std::move(db);
  lock_wait_ = 0ms;
  chains_.connected();
}

/// Tells the server now, rather than at the next connect.
void journal_writer::drop_connection() {
  if (interruption_)
    interruption_->cut();
  db_.reset();
}

void journal_writer::limit_lock_waits(std::chrono::milliseconds limit) {
  if (limit == lock_wait_)
    return;
  pqxx::nontransaction{*db_}.exec(fmt::format("SET lock_timeout = {}", limit.count()));
  lock_wait_ = limit;
}

journal_writer::attempt journal_writer::try_commit(std::span<const commit_unit* const> units,
                                                   std::chrono::milliseconds lock_wait) {
  auto is_late = [&units] {
    return std::ranges::any_of(units, [now = clock::now()](const auto* u) { return u->begin_by < now; });
  };
  // Connecting may take seconds, while units queued behind this grow late.
  if (is_late())
    return {not_taken(), cause::contention};
  std::optional<interruption::limit> limit;
  try {
    connect();
    limit.emplace(*interruption_, answer_limit);
    limit_lock_waits(lock_wait);
    plans_.before_use(*db_);
  } catch (const std::exception& e) {
    drop_connection();
    log::warn({"journal", "connect_failed"}, "{}", e.what());
    return {unavailable("The database is not reachable; nothing was changed."), cause::database};
  }
  if (is_late())
    return {not_taken(), cause::contention};
  auto result = execute(units);
  if (result.failed && units.size() == 1 && is_about_another_version(*result.failed, *units.front()))
    result.failed = record_is_stale();
  if (!result.failed)
    chains_.committed();
  else if (result.failed->kind == fault_kind::timeout)
    chains_.lost();
  else
    chains_.rolled_back();
  return result;
}

journal_writer::attempt journal_writer::lose_connection(const std::exception& why, std::size_t units,
                                                        bool begun) {
  drop_connection();
  if (!begun) {
    log::warn({"journal", "connection_lost"}, "before a commit was begun: {}", why.what());
    return {not_taken(), cause::database};
  }
  log::warn({"journal", "connection_lost"}, "outcome of {} commits unknown: {}", units, why.what());
  return {outcome_unknown(), cause::database};
}

/// Whether the unit was decided on stale state: a row of its record has another version (callers' own
/// versions were compared when deciding), or the key's first commit was unknown. If that cannot be
/// determined, true, so that the record is read again.
bool journal_writer::is_about_another_version(const fault& refused, const commit_unit& unit) {
  if (unit.record.to.version == 0)
    return false;
  if (refused.code != idempotency_key_used.code)
    return refused.code == version_conflict.code;
  try {
    return !is_current(*db_, unit);
  } catch (const std::exception& e) {
    drop_connection();
    log::warn({"journal", "connection_lost"}, "a record's version is not known: {}", e.what());
    return true;
  }
}

journal_writer::attempt journal_writer::execute(std::span<const commit_unit* const> units) {
  bool begun = false;  // until then chains may have been opened and months noted, but nothing of the units
                       // was written
  try {
    auto writes = chains_.link(*db_, units);
    begun = true;
    batch_.execute(*db_, writes);
    return {};
  } catch (const pqxx::broken_connection& e) {
    return lose_connection(e, units.size(), begun);
  } catch (const pqxx::statement_completion_unknown& e) {
    return lose_connection(e, units.size(), begun);
  } catch (const pqxx::transaction_rollback& e) {  // e.g. a deadlock; not a sql_error in libpqxx 6
    return {not_taken(), cause::contention, e.what()};
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate() == "25006") {  // now a standby, so nothing was written
      drop_connection();
      log::warn({"journal", "read_only"}, "{}", e.what());
      return {not_taken(), cause::database};
    }
    if (is_connection_spent(e.sqlstate()))  // the backend was ended, perhaps after it committed
      return lose_connection(e, units.size(), begun);
    if (is_contention(e.sqlstate()))
      return {not_taken(), cause::contention, fmt::format("{} {}", e.sqlstate(), e.what())};
    auto result = fault_from_sql(e.sqlstate(), e.what());
    if (result.kind == fault_kind::internal)
      log::error({"journal", "commit_failed"}, "{} {}", e.sqlstate(), e.what());
    auto blameless = result.code == unavailable_code;
    return {std::move(result), blameless ? cause::database : cause::rule};
  } catch (const std::exception& e) {
    log::error({"journal", "commit_failed"}, "{}", e.what());
    return lose_connection(e, units.size(), begun);
  }
}

std::vector<std::optional<fault>> journal_writer::commit(std::span<const commit_unit* const> units) {
  auto together = try_commit(units, lock_wait_of_batch);
  auto& met = together.met;
  answers results(units.size(), together.failed);
  if (units.size() > 1 && together.why != cause::none && together.why != cause::database) {
    ++split_batches_;
    results = commit_one_by_one(units, met);
  }
  if (!met.empty())
    log::warn({"journal", "contention"}, "{} of {} commits not taken: {}",
              std::ranges::count(results, std::optional{not_taken()}), units.size(), met);
  return results;
}

/// Two rounds: in the first, lock waits are short. Commits of one entity stay in order. Sets `met`, if empty,
/// to the first contention met.
journal_writer::answers journal_writer::commit_one_by_one(std::span<const commit_unit* const> units,
                                                          std::string& met) {
  answers results(units.size(), not_taken());
  auto give_up = clock::now() + longest_split;
  std::unordered_set<uuid> waiting;
  std::unordered_set<std::string_view> slow;
  std::vector<std::size_t> second_round;
  for (std::size_t i = 0; i < units.size() && clock::now() < give_up; ++i) {
    auto company = audited_company(*units[i]);
    if (waiting.contains(units[i]->entity) || slow.contains(company)) {
      second_round.push_back(i);
      continue;
    }
    auto began = clock::now();
    auto result = try_commit({&units[i], 1}, first_lock_wait);
    results[i] = result.failed;
    if (result.why == cause::database)
      return results;
    if (result.why == cause::contention) {
      if (met.empty())
        met = result.met;
      waiting.insert(units[i]->entity);
      if (!company.empty() && clock::now() - began > long_attempt)
        slow.insert(company);
      second_round.push_back(i);
    }
  }
  auto lock_budget = clock::now() + lock_waits_together;
  for (auto i : second_round) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(lock_budget - clock::now());
    if (clock::now() > give_up)
      break;
    auto result = try_commit(
        {&units[i], 1}, std::clamp<std::chrono::milliseconds>(left, first_lock_wait, lock_wait_of_batch));
    results[i] = result.failed;
    if (result.why == cause::database)
      break;
  }
  return results;
}

}  // namespace musterd
