#pragma once

#include "common/fault.hpp"
#include "common/time/time.hpp"
#include "http/auth/tokens/principal.hpp"

#include <mutex>
#include <unordered_map>

namespace musterd {

class setting_list;

/// Requests a second that are answered without end; 0 sets no limit. Twice as many may come at once.
struct request_rate_settings {
  std::int64_t of_user = 2'000;
  std::int64_t of_service = 50'000;
  std::int64_t of_tenant = 60'000;
  /// Users, services and tenants remembered.
  std::size_t max_remembered = 100'000;
};

void describe(setting_list& on, request_rate_settings& s);

/// Token buckets, kept as the time at which each is full again: one that is full needs no memory.
/// Thread-safe.
class request_rates {
 public:
  explicit request_rates(request_rate_settings settings) : settings_{settings} {}

  /// 429 TOO_MANY_REQUESTS when the caller, or all of their company, ask too fast; it costs them nothing
  /// then.
  outcome<void> take(const principal& who, timestamp now);
  std::size_t remembered();

 private:
  struct key {
    uuid tenant, actor;
    friend bool operator==(const key&, const key&) = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const {
      return std::hash<uuid>{}(k.tenant) * 31 + std::hash<uuid>{}(k.actor);
    }
  };
  /// When one more request from this bucket is due; `now` or before if it may come at once.
  timestamp due(const key& k, std::int64_t rate, timestamp now);
  void fill(const key& k, std::int64_t rate, timestamp now);
  void forget_full_ones(timestamp now);

  request_rate_settings settings_;
  std::mutex mutex_;
  std::unordered_map<key, timestamp, key_hash> full_at_;
};

}  // namespace musterd
