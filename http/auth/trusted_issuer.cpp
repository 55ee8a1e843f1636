#include "http/auth/trusted_issuer.hpp"

#include "http/auth/fetch.hpp"

#include <fstream>
#include <iterator>

namespace musterd {

bool trusted_issuer::accepts(std::string_view algorithm) const {
  return std::any_of(terms_.algorithms.begin(), terms_.algorithms.end(),
                     [&](auto a) { return enum_name(a) == algorithm; });
}

std::optional<jose_key> trusted_issuer::find(std::string_view kid, std::string_view algorithm) const {
  if (!accepts(algorithm))
    return std::nullopt;
  std::lock_guard lock{mutex_};
  const jose_key* found = nullptr;
  for (const auto& key : keys_) {
    if (enum_name(key.algorithm()) != algorithm || (!kid.empty() && key.kid() != kid))
      continue;
    if (found != nullptr)
      return std::nullopt;
    found = &key;
  }
  return found ? std::optional{*found} : std::nullopt;
}

bool trusted_issuer::is_stale(timestamp now) const {
  std::lock_guard lock{mutex_};
  return !refreshed_ || now - *refreshed_ >= terms_.max_age;
}

bool trusted_issuer::may_refresh(timestamp now) const {
  std::lock_guard lock{mutex_};
  return !tried_ || now - *tried_ >= terms_.min_interval;
}

std::optional<std::string> trusted_issuer::refresh(timestamp now) {
  std::lock_guard one_at_a_time{refreshing_};
  {
    std::lock_guard lock{mutex_};
    if (tried_ && now - *tried_ < terms_.min_interval)
      return std::nullopt;
    tried_ = now;
  }
  try {
    auto keys = read_();
    std::lock_guard lock{mutex_};
    std::swap(keys_, keys);
    refreshed_ = now;
    return std::nullopt;
  } catch (const std::exception& e) {
    return e.what();
  }
}

trusted_issuer::key_reader jwks_reader(std::string file_or_url) {
  return [from = std::move(file_or_url)] {
    if (from.starts_with("http://") || from.starts_with("https://"))
      return read_jwks(fetch(from));
    std::ifstream file{from};
    return read_jwks(std::string{std::istreambuf_iterator<char>{file}, {}});
  };
}

}  // namespace musterd
