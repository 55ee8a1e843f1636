#include "server/observation/database_probe.hpp"

#include "common/observation/log.hpp"
#include "persistence/sql/connection.hpp"

#include <utility>

namespace musterd {
namespace {

constexpr std::chrono::milliseconds probed_every{1000};
/// A hanging database says nothing at all, so silence beyond this means down.
constexpr std::chrono::seconds answer_holds{4};
constexpr auto probe_session_settings =
    "SET application_name = 'musterd probe'; SET statement_timeout = '2s'";

}  // namespace

bool database_probe::database_up() const {
  return yes_ && clock::now() - answered_.load() < answer_holds;
}

void database_probe::say_down(std::string_view why) {
  if (!std::exchange(said_down_, true))
    log::error({"probe", "database_down"}, "{}", why);
}

void database_probe::run(const ending& until) {
  while (!until.stop.stop_requested()) {
    try {
      ask(until);
    } catch (const std::exception& e) {
      yes_ = false;
      // libpqxx only knows that a cut connection is gone.
      say_down(clock::now() - answered_.load() < answer_holds ? e.what() : "it does not answer");
      sleep_until(until.stop, clock::now() + probed_every);
    }
  }
}

/// Over one connection, for as long as it lasts.
void database_probe::ask(const ending& until) {
  auto db = open_connection(url_, probe_session_settings, until.cut);
  interruption interruptible{db->sock(), "musterd probe", until.cut};
  while (!until.stop.stop_requested()) {
    {
      auto limit = interruptible.within(answer_holds);
      pqxx::nontransaction tx{*db};
      if (tx.exec("SHOW transaction_read_only")[0][0].as<std::string>() == "on")
        throw std::runtime_error{"the server only reads"};
    }
    answered_ = clock::now();
    yes_ = true;
    if (std::exchange(said_down_, false))
      log::info({"probe", "database_up"}, "the database answers again");
    sleep_until(until.stop, clock::now() + probed_every);
  }
}

}  // namespace musterd
