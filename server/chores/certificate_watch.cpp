#include "server/chores/certificate_watch.hpp"

#include "common/observation/log.hpp"
#include "common/time/time.hpp"
#include "messaging/alerts.hpp"
#include "persistence/sql/connection.hpp"

namespace musterd {
namespace {

constexpr std::chrono::seconds looked_at_every{2};
constexpr auto watch_session_settings =
    "SET application_name = 'musterd certificate'; SET statement_timeout = '5s'; SET lock_timeout = '2s'";

operator_alert alert_about(const std::string& trouble) {
  operator_alert alert;
  alert.alert_id = uuid::generate();
  alert.type = "TLS_CERTIFICATE_REFUSED";
  alert.message = "The listener goes on with its old certificate: " + trouble;
  alert.correlation_id = to_string(alert.alert_id);
  alert.raised_at = wall_clock_now();
  return alert;
}

}  // namespace

void certificate_watch::run(const ending& until) {
  warn();
  while (!until.stop.stop_requested()) {
    look();
    raise_alert_if_due(until);
    sleep_until(until.stop, std::chrono::steady_clock::now() + looked_at_every);
  }
}

void certificate_watch::look() {
  try {
    if (watched_.look_again(wall_clock_now())) {
      log::info({"tls", "certificate_taken"}, "valid until {}", to_string(watched_.expires()));
      warn();
    }
    refused_ = alert_due_ = false;
    trouble_.clear();
    told_.clear();
  } catch (const tls_error& e) {
    on_trouble(e.what());
  }
}

void certificate_watch::warn() const {
  for (const auto& warning : watched_.warnings())
    log::warn({"tls", "chain_not_valid"}, "{}", warning);
}

/// A pair is replaced one file after the other: only what is still wrong at the next look is wrong.
void certificate_watch::on_trouble(const std::string& why) {
  bool seen_before = trouble_ == why;
  trouble_ = why;
  if (!seen_before || told_ == why)
    return;
  refused_ = alert_due_ = true;
  told_ = why;
  log::error({"tls", "certificate_refused"}, "{}; the one before stays", why);
}

/// Without a database it is raised once there is one again.
void certificate_watch::raise_alert_if_due(const ending& until) {
  if (!alert_due_)
    return;
  try {
    auto db = open_connection(url_, watch_session_settings, until.cut);
    interruption interruptible{db->sock(), "musterd certificate", until.cut};
    pqxx::work tx{*db};
    raise_alert(tx, {}, alert_about(told_), stats_);
    tx.commit();
    alert_due_ = false;
  } catch (const std::exception& e) {
    log::warn({"tls", "alert_not_raised"}, "{}", e.what());
  }
}

}  // namespace musterd
