#include "persistence/journal_writer.hpp"

#include "common/log.hpp"
#include "persistence/connection.hpp"
#include "persistence/constraint_faults.hpp"

namespace musterd {
namespace {

/// Batches have few rows and tables have many, whatever the statistics of a young database say: plans always
/// go by index, and are made once.
constexpr auto session_settings =
    "SET statement_timeout = '4s'; SET lock_timeout = '3s'; SET plan_cache_mode = force_generic_plan; "
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

}  // namespace

void journal_writer::connect() {
  if (db_ && db_->is_open())
    return;
  batch_.forget_statements();
  db_ = open_connection(url_, session_settings);
  chains_.connected();
}

std::optional<fault> journal_writer::try_commit(std::span<const commit_unit* const> units) {
  try {
    connect();
    plans_.before_use(*db_);
  } catch (const std::exception& e) {
    db_.reset();
    log::warn({"journal", "connect_failed"}, "{}", e.what());
    return unavailable("The database is not reachable; nothing was changed.");
  }
  auto failed = execute(units);
  if (!failed)
    chains_.committed();
  else if (failed->kind == fault_kind::timeout)
    chains_.lost();
  else
    chains_.rolled_back();
  return failed;
}

std::optional<fault> journal_writer::execute(std::span<const commit_unit* const> units) {
  try {
    batch_.execute(*db_, chains_.link(*db_, units));
    return std::nullopt;
  } catch (const pqxx::broken_connection& e) {
    db_.reset();
    log::warn({"journal", "connection_lost"}, "outcome of {} commits unknown: {}", units.size(), e.what());
    return outcome_unknown();
  } catch (const pqxx::statement_completion_unknown& e) {
    db_.reset();
    log::warn({"journal", "completion_unknown"}, "outcome of {} commits unknown: {}", units.size(), e.what());
    return outcome_unknown();
  } catch (const pqxx::transaction_rollback& e) {  // a deadlock, say; libpqxx 6 has it outside of sql_error
    log::warn({"journal", "rolled_back"}, "{}", e.what());
    return unavailable("The database could not take the change; try again.");
  } catch (const pqxx::sql_error& e) {
    if (e.sqlstate().starts_with("57P")) {  // the backend was ended, perhaps after it had committed
      db_.reset();
      return outcome_unknown();
    }
    auto result = fault_from_sql(e.sqlstate(), e.what());
    if (result.kind == fault_kind::internal)
      log::error({"journal", "commit_failed"}, "{} {}", e.sqlstate(), e.what());
    return result;
  } catch (const std::exception& e) {
    db_.reset();
    log::error({"journal", "commit_failed"}, "outcome of {} commits unknown: {}", units.size(), e.what());
    return outcome_unknown();
  }
}

std::vector<std::optional<fault>> journal_writer::commit(std::span<const commit_unit* const> units) {
  auto failed = try_commit(units);
  auto one_may_be_to_blame = failed && failed->kind != fault_kind::timeout && failed->code != "UNAVAILABLE";
  if (units.size() < 2 || !one_may_be_to_blame)
    return {units.size(), failed};
  ++split_batches_;
  std::vector<std::optional<fault>> results;
  for (const auto* unit : units)
    results.push_back(try_commit({&unit, 1}));
  return results;
}

}  // namespace musterd
