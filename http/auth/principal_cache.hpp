#pragma once

#include "http/auth/principal.hpp"

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace musterd {

/// Remembers tokens whose signature was found good, until they expire. Holds no token, only SipHash-128 of
/// the whole of it under a random key of this process: who does not know the key cannot make a text that
/// hashes like a good token. (BLAKE2b takes three times as long.) A hit allocates nothing.
class principal_cache {
 public:
  explicit principal_cache(std::size_t capacity);

  std::optional<principal> find(std::string_view token, timestamp now);
  void remember(std::string_view token, const principal& who, timestamp until, timestamp now);
  std::size_t size() const;

 private:
  using digest = std::array<std::uint64_t, 2>;
  struct digest_hash {
    std::size_t operator()(const digest& d) const noexcept { return static_cast<std::size_t>(d[1]); }
  };
  struct entry {
    principal who;
    timestamp until;
  };
  /// Apart in memory, so that shards do not share a cache line.
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
