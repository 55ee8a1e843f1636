#pragma once

#include "actors/journal/journal_client.hpp"
#include "common/observation/metrics.hpp"
#include "domain/audit/audit_view.hpp"

#include <chrono>
#include <mutex>

namespace musterd {

/// Reports values next to the trail that were found altered when read: each is counted and logged, and raises
/// AUDIT_VALUES_ALTERED at most once a minute, however often it is read. Thread-safe.
class altered_values {
 public:
  altered_values(const journal_client& commits, metrics& counted) : commits_{commits}, counted_{counted} {}

  /// Does nothing if nothing is altered.
  void look_at(tenant_uuid tenant, const audit_entry_view& shown);

 private:
  bool take_turn();

  const journal_client& commits_;
  metrics& counted_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> raised_at_;
};

}  // namespace musterd
