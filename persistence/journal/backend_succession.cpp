#include "persistence/journal/backend_succession.hpp"

#include "common/observation/log.hpp"
#include "persistence/sql/dynamic_query.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>

namespace musterd {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{2};
constexpr std::chrono::milliseconds between_looks{5};

template <class F>
bool holds_within(std::chrono::milliseconds limit, F&& holds) {
  for (auto deadline = clock::now() + limit; !holds(); std::this_thread::sleep_for(between_looks))
    if (clock::now() > deadline)
      return false;
  return true;
}

constexpr auto writers_now = R"(
  SELECT coalesce(array_agg(pid), '{}'), coalesce(array_agg(backend_start), '{}') FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1 AND pg_has_role(usesysid, 'USAGE'))";
constexpr auto end_these = R"(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN unnest($1::int[], $2::timestamptz[]) AS of (pid, backend_start)
  USING (pid, backend_start))";
/// We cannot see the start time of other roles' sessions.
constexpr auto writers_of_others = R"(
  SELECT pid, usename FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = $1 AND NOT pg_has_role(usesysid, 'USAGE'))";

}  // namespace

void backend_succession::begin(pqxx::connection& db) {
  end_last(db);
  pqxx::nontransaction tx{db};
  auto self = tx.exec("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()");
  last_ = backend{self.at(0)[0].c_str(), self.at(0)[1].c_str()};
}

void backend_succession::end_last(pqxx::connection& db) {
  if (!last_)
    return;
  pqxx::nontransaction tx{db};
  auto is_gone = [&] {
    return run_query(tx,
                     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1::int AND "
                     "backend_start = $2::timestamptz",
                     {last_->pid, last_->started})
        .empty();
  };
  if (is_gone())
    return;
  log::warn({"database", "backend_ended"}, "backend {} outlived its connection", last_->pid);
  if (!holds_within(patience, is_gone))
    throw std::runtime_error{"backend " + last_->pid + ", whose connection was lost, does not end"};
}

void end_other_writers(pqxx::connection& db, std::chrono::milliseconds patience_at_start) {
  pqxx::nontransaction tx{db};
  std::string name{writer_application_name};
  // Only the current ones: a live neighbour that reconnects is not the process that may have been killed.
  auto found = run_query(tx, writers_now, {name});
  std::string pids = found[0][0].c_str(), starts = found[0][1].c_str();
  auto are_gone = [&] { return run_query(tx, end_these, {pids, starts}).empty(); };
  if (!are_gone()) {
    log::warn({"journal", "writers_ended"}, "journal sessions of other processes are ended");
    if (!holds_within(patience_at_start, are_gone))
      throw std::runtime_error{"a journal session of another process does not end"};
  }
  pqxx::result others;
  if (!holds_within(patience_at_start,
                    [&] { return (others = run_query(tx, writers_of_others, {name})).empty(); }))
    throw std::runtime_error{fmt::format("the journal session {} is of the role {}, whose sessions the role "
                                         "{} may not end: stop the servers of that role first",
                                         others[0][0].c_str(), others[0][1].c_str(), db.username())};
}

}  // namespace musterd
