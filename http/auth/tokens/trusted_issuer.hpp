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

/// Somebody whose tokens we take: name, audiences, algorithms, and keys that can be read again. Thread-safe.
class trusted_issuer {
 public:
  struct terms {
    std::string issuer;
    std::vector<std::string> audiences;
    std::vector<signature_algorithm> algorithms;
    token_type type = token_type::at_jwt;
    /// Our own, or an external one.
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
  /// The key a token names, if its algorithm is one of ours to accept and the key is for it. A token without
  /// a key id is taken only while there is a single key it can mean.
  std::optional<found_key> find(std::string_view kid, std::string_view algorithm) const;
  bool accepts(std::string_view algorithm) const;
  /// Whether a token of this `typ` may be an access token.
  bool accepts_type(std::string_view type) const;
  /// Whether the keys are old, and whether they may be read again already.
  bool is_stale(timestamp now) const;
  bool may_refresh(timestamp now) const;
  /// Until then nobody need ask whether a key was taken back. Our own keys are told (`put`).
  timestamp believed_until() const;
  /// Reads the keys again, one thread at a time; keeps the old ones for up to a day when that fails. Answers
  /// what went wrong.
  std::optional<std::string> refresh(timestamp now);
  void put(jose_key_set keys, timestamp now);
  /// Runs what may wait for this issuer, apart from all others. False when too much waits already.
  [[nodiscard]] bool submit(std::function<void()> work) { return waiting_.submit(std::move(work)); }

 private:
  static constexpr std::size_t max_waiting = 64;

  void replace(jose_key_set keys);

  terms terms_;
  key_reader read_;
  std::mutex refreshing_;
  /// Another one whenever a key is gone.
  std::atomic<std::uint64_t> edition_{0};
  mutable std::mutex mutex_;
  jose_key_set keys_;
  std::optional<timestamp> tried_;
  std::optional<timestamp> refreshed_;
  /// Last, so that it stops before what it uses goes away.
  worker_pool waiting_{1, max_waiting};
};

/// Reads the keys of an external issuer, with limits on time, size and from where. Throws std::runtime_error
/// for one that must not be read.
trusted_issuer::key_reader jwks_reader(const external_issuer& from, fetch_policy policy);

}  // namespace musterd
