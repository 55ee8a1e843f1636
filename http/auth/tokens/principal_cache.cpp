#include "http/auth/tokens/principal_cache.hpp"

#include "http/auth/tokens/encoding.hpp"

#include <sodium.h>

#include <algorithm>

namespace musterd {

principal_cache::principal_cache(std::size_t capacity)
    : shard_capacity_{std::max<std::size_t>(capacity / shard_count, 1)} {
  fill_random(key_);
}

principal_cache::digest principal_cache::digest_of(std::string_view token) const {
  digest result;
  static_assert(sizeof result == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(result.data()),
                              reinterpret_cast<const unsigned char*>(token.data()), token.size(),
                              key_.data());
  return result;
}

std::optional<principal> principal_cache::find(std::string_view token, timestamp now) {
  auto key = digest_of(token);
  auto& s = shard_of(key);
  std::lock_guard lock{s.mutex};
  auto found = s.entries.find(key);
  if (found == s.entries.end())
    return std::nullopt;
  if (!found->second.is_good(now)) {
    s.entries.erase(found);
    return std::nullopt;
  }
  return found->second.who;
}

void principal_cache::remember(std::string_view token, const principal& who, key_edition keys,
                               timestamp until, timestamp now) {
  auto key = digest_of(token);
  auto& s = shard_of(key);
  std::lock_guard lock{s.mutex};
  if (s.entries.size() >= shard_capacity_)
    std::erase_if(s.entries, [&](const auto& e) { return !e.second.is_good(now); });
  if (s.entries.size() >= shard_capacity_)
    s.entries.erase(s.entries.begin());  // any will do: its owner pays one more signature check
  s.entries.insert_or_assign(key, entry{who, keys, until});
}

std::size_t principal_cache::size() const {
  std::size_t total = 0;
  for (const auto& s : shards_) {
    std::lock_guard lock{s.mutex};
    total += s.entries.size();
  }
  return total;
}

}  // namespace musterd
