#include "server/chores/housekeeping.hpp"

#include "common/observation/log.hpp"
#include "persistence/sql/connection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace musterd {
namespace {

/// Without a database.
constexpr std::chrono::milliseconds pause{1000};
/// Statements have their chore's budget at the server; this is for a server that says nothing.
constexpr std::chrono::seconds chore_silence{60};

}  // namespace

housekeeping::housekeeping(std::string name, std::string database_url, std::vector<chore> chores,
                           observer done)
    : name_{"musterd " + std::move(name)}, url_{std::move(database_url)}, done_{std::move(done)} {
  // At once, too: a server that just came back shows its figures from the start.
  for (auto& c : chores)
    chores_.push_back({std::move(c), clock::now()});
}

void housekeeping::run(const ending& until) {
  while (!until.stop.stop_requested()) {
    try {
      work(until);
    } catch (const std::exception& e) {
      log::warn({"housekeeping", "interrupted"}, "{}: {}", name_, e.what());
      sleep_until(until.stop, clock::now() + pause);
    }
  }
}

/// Over one connection, for as long as it lasts.
void housekeeping::work(const ending& until) {
  auto db = open_connection(url_, fmt::format("SET application_name = '{}'", name_), until.cut);
  interruption interruptible{db->sock(), name_, until.cut};
  for (const auto& c : chores_)
    c.what.connected();
  while (!until.stop.stop_requested()) {
    auto& next = *std::ranges::min_element(chores_, {}, &scheduled::due);
    if (next.due <= clock::now()) {
      auto limit = interruptible.within(chore_silence);
      perform(*db, next);
    } else {
      sleep_until(until.stop, next.due);
    }
  }
}

void housekeeping::perform(pqxx::connection& db, scheduled& c) const {
  auto began = clock::now();
  try {
    pqxx::nontransaction tx{db};
    tx.exec(fmt::format("SET statement_timeout = {}; SET lock_timeout = {}", c.what.budget.count(),
                        c.what.budget.count() / 2));
    c.what.run(tx);
    note(c, began, nullptr);
  } catch (const std::exception& e) {
    note(c, began, &e);
    if (!db.is_open())
      throw;
  }
}

void housekeeping::note(scheduled& c, clock::time_point began, const std::exception* failed) const {
  auto now = clock::now();
  c.due = now + c.what.every;
  done_(c.what.name, std::chrono::duration_cast<std::chrono::microseconds>(now - began), failed);
  auto was_failing = std::exchange(c.failing, failed != nullptr);
  if (failed && !was_failing)
    log::error({"housekeeping", "chore_failed"}, "{}: {}", c.what.name, failed->what());
  else if (!failed && was_failing)
    log::info({"housekeeping", "chore_recovered"}, "{}", c.what.name);
}

}  // namespace musterd
