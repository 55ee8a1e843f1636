#include "persistence/writer_session.hpp"

#include "common/log.hpp"
#include "persistence/dynamic_query.hpp"

#include <stdexcept>
#include <thread>

namespace musterd {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience{2}, patience_at_start{10};
constexpr std::chrono::milliseconds between_looks{5};

template <class F>
bool holds_within(std::chrono::milliseconds limit, F&& holds) {
  for (auto deadline = clock::now() + limit; !holds(); std::this_thread::sleep_for(between_looks))
    if (clock::now() > deadline)
      return false;
  return true;
}

constexpr auto end_writers = R"(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1)";

}  // namespace

void writer_session::begin(pqxx::connection& db) {
  end_last(db);
  pqxx::nontransaction tx{db};
  auto self = tx.exec("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()");
  last_ = backend{self.at(0)[0].c_str(), self.at(0)[1].c_str()};
}

void writer_session::end_last(pqxx::connection& db) {
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
  log::warn({"journal", "backend_ended"}, "backend {} outlived its connection", last_->pid);
  if (!holds_within(patience, is_gone))
    throw std::runtime_error{"backend " + last_->pid + ", whose connection was lost, does not end"};
}

void end_other_writers(pqxx::connection& db) {
  pqxx::nontransaction tx{db};
  auto are_gone = [&] { return run_query(tx, end_writers, {std::string{writer_application_name}}).empty(); };
  if (are_gone())
    return;
  log::warn({"journal", "writers_ended"}, "journal sessions of other processes are ended");
  if (!holds_within(patience_at_start, are_gone))
    throw std::runtime_error{"a journal session of another process does not end"};
}

}  // namespace musterd
