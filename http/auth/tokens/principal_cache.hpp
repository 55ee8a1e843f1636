#pragma once

#include "http/auth/tokens/principal.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace musterd {

/// The issuer's keys when a token was verified: nothing is trusted once one has been withdrawn.
struct key_edition {
  /// The issuer's live counter; outlives the cache's use.
  const std::atomic<std::uint64_t>* current;
  std::uint64_t seen;
  bool is_current() const { return current->load(std::memory_order_acquire) == seen; }
};

/// Remembers verified tokens until they expire or a key is withdrawn. Stores only their SipHash-128 under a
/// random key of this process: without it nobody can make a text that hashes like a valid token. (BLAKE2b
/// takes three times as long.) A hit allocates nothing.
class principal_cache {
 public:
  explicit principal_cache(std::size_t capacity);

  std::optional<principal> find(std::string_view token, timestamp now);
  void remember(std::string_view token, const principal& who, key_edition keys, timestamp until,
                timestamp now);
  std::size_t size() const;

 private:
  using digest = std::array<std::uint64_t, 2>;
  struct digest_hash {
    std::size_t operator()(const digest& d) const noexcept { return static_cast<std::size_t>(d[1]); }
  };
  struct entry {
    principal who;
    key_edition keys;
    timestamp until;
    bool is_good(timestamp now) const { return now < until && keys.is_current(); }
  };
  /// Aligned, so that shards do not share a cache line.
  struct alignas(64) shard {
    mutable std::mutex mutex;
    std::unordered_map<digest, entry, digest_hash> entries;
  };
  static constexpr std::size_t shard_count = 32;

  digest digest_of(std::string_view token) const;
  shard& shard_of(const digest& d) { return shards_[d[0] % shard_count]; }

  std::array<std::uint8_t, 16> key_{};
  std::size_t shard_capacity_;
  std::array<shard, shard_count> shards_;
};

}  // namespace musterd
