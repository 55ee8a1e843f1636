#pragma once

#include "common/process/interruption.hpp"
#include "http/transport/tls/tls_certificate.hpp"
#include "messaging/messaging_stats.hpp"

#include <atomic>
#include <string>

namespace musterd {

/// Takes the listeners' certificate anew when its files change. Where they cannot be used the one before
/// stays, and operators are told: ERROR `certificate_refused`, an alert, `tls_certificate_refused`. What may
/// be wrong with one that is used is a WARN `chain_not_valid`.
class certificate_watch {
 public:
  certificate_watch(tls_certificate& watched, std::string database_url, messaging_stats& stats)
      : watched_{watched}, url_{std::move(database_url)}, stats_{stats} {}

  /// One thread, until stopped.
  void run(const ending& until);
  bool refused() const { return refused_; }

 private:
  void look();
  void warn() const;
  void on_trouble(const std::string& why);
  void raise_alert_if_due(const ending& until);

  tls_certificate& watched_;
  std::string url_;
  messaging_stats& stats_;
  std::atomic<bool> refused_{false};
  /// What was wrong at the last look, and what operators have been told last.
  std::string trouble_, told_;
  bool alert_due_ = false;
};

}  // namespace musterd
