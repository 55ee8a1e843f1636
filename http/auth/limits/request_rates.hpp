#pragma once

#include "common/fault.hpp"
#include "common/time/time.hpp"
#include "http/auth/tokens/principal.hpp"

#include <mutex>
#include <unordered_map>

namespace musterd {

class setting_list;

/// Sustained requests per second, 0 for no limit; bursts may be twice that.
struct request_rate_settings {
  std::int64_t of_user = 2'000;
  std::int64_t of_service = 50'000;
  std::int64_t of_tenant = 60'000;
  /// Users, services and tenants remembered.
  std::size_t max_remembered = 100'000;
};

void describe(setting_list& on, request_rate_settings& s);

/// Token buckets, each stored as the time it will be full again: full ones need no memory. Thread-safe.
class request_rates {
 public:
  explicit request_rates(request_rate_settings settings) : settings_{settings} {}

  /// 429 TOO_MANY_REQUESTS if the caller, or their whole company, is too fast; that request costs them
  /// nothing.
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
  /// When this bucket allows one more request; `now` or earlier if at once.
  timestamp due(const key& k, std::int64_t rate, timestamp now);
  void fill(const key& k, std::int64_t rate, timestamp now);
  void forget_full_ones(timestamp now);

  request_rate_settings settings_;
  std::mutex mutex_;
  std::unordered_map<key, timestamp, key_hash> full_at_;
};

}  // namespace musterd
