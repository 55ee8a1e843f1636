#pragma once

#include "common/time/time.hpp"
#include "http/auth/sign_in/worker.hpp"
#include "http/auth/tokens/principal_cache.hpp"
#include "http/auth/tokens/token_settings.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace musterd {

/// An issuer whose tokens we accept: name, audiences, algorithms, and keys that can be re-read. Thread-safe.
class trusted_issuer {
 public:
  struct terms {
    std::string issuer;
    std::vector<std::string> audiences;
    std::vector<signature_algorithm> algorithms;
    token_type type = token_type::at_jwt;
    /// Ours, not an external one.
    bool built_in = false;
    tenant_uuid tenant;
    std::chrono::seconds min_interval{30};
    std::chrono::seconds max_age{600};
  };
  /// Reads the keys; may block, may throw.
  using key_reader = std::function<jose_key_set()>;

  trusted_issuer(terms t, key_reader read) : terms_{std::move(t)}, read_{std::move(read)} {}

  const terms& about() const { return terms_; }
  struct found_key {
    jose_key key;
    key_edition edition;
  };
  /// The key a token names, if the algorithm is accepted and is the key's. Without a key id, only if exactly
  /// one key fits.
  std::optional<found_key> find(std::string_view kid, std::string_view algorithm) const;
  bool accepts(std::string_view algorithm) const;
  /// Whether a token with this `typ` may be an access token.
  bool accepts_type(std::string_view type) const;
  /// Whether the keys are stale, and whether they may already be re-read.
  bool is_stale(timestamp now) const;
  bool may_refresh(timestamp now) const;
  /// How long to cache a verified token before re-reading could show its key withdrawn. Unlimited for our own
  /// keys: changes are pushed (`put`).
  timestamp believed_until() const;
  /// Re-reads the keys, one thread at a time; keeps the old ones through up to a day of failures. Returns
  /// what went wrong.
  std::optional<std::string> refresh(timestamp now);
  void put(jose_key_set keys, timestamp now);
  /// Runs work that may wait for this issuer, apart from others'. False if its queue is full.
  [[nodiscard]] bool submit(std::function<void()> work) { return waiting_.submit(std::move(work)); }

 private:
  static constexpr std::size_t max_waiting = 64;

  void replace(jose_key_set keys);

  terms terms_;
  key_reader read_;
  std::mutex refreshing_;
  /// Incremented whenever a key disappears.
  std::atomic<std::uint64_t> edition_{0};
  mutable std::mutex mutex_;
  jose_key_set keys_;
  std::optional<timestamp> tried_;
  std::optional<timestamp> refreshed_;
  /// Last, so that it stops before what it uses is destroyed.
  worker_pool waiting_{1, max_waiting};
};

/// Limits time, size and source. Throws std::runtime_error for a source that is not allowed.
trusted_issuer::key_reader jwks_reader(const external_issuer& from, fetch_policy policy);

}  // namespace musterd
