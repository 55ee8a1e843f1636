#include "http/auth/tokens/trusted_issuer.hpp"

#include "common/json/json_read.hpp"
#include "common/text/text.hpp"
#include "http/auth/tokens/signed_token.hpp"

#include <fstream>
#include <stdexcept>

namespace musterd {
namespace {

/// Keys not re-read for longer are dropped: the issuer may have withdrawn them.
constexpr std::chrono::hours longest_unread{24};

std::string read_document(const std::string& path) {
  std::ifstream file{path};
  std::string text(largest_document, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof())
    throw std::runtime_error{path + " cannot be read, or is too large"};
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

/// OpenID Connect Discovery, 4: the document must name the issuer itself.
std::string discovered_jwks_uri(const std::string& issuer, fetch_policy policy) {
  auto base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  auto document = parse_json(fetch(base + "/.well-known/openid-configuration", policy));
  const auto* object = document ? document->if_object() : nullptr;
  if (object == nullptr || text_claim(*object, "issuer") != issuer)
    throw std::runtime_error{"the discovery document of " + issuer + " is not its own"};
  return std::string{text_claim(*object, "jwks_uri")};
}

}  // namespace

bool trusted_issuer::accepts(std::string_view algorithm) const {
  return std::any_of(terms_.algorithms.begin(), terms_.algorithms.end(),
                     [&](auto a) { return enum_name(a) == algorithm; });
}

bool trusted_issuer::accepts_type(std::string_view type) const {
  return is_access_token_type(type) || (terms_.type == token_type::jwt && equals_ignoring_case(type, "JWT"));
}

std::optional<trusted_issuer::found_key> trusted_issuer::find(std::string_view kid,
                                                              std::string_view algorithm) const {
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
  return found ? std::optional{found_key{*found, {&edition_, edition_.load()}}} : std::nullopt;
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
    put(read_(), now);
    return std::nullopt;
  } catch (const std::exception& e) {
    std::lock_guard lock{mutex_};
    if (refreshed_ && now - *refreshed_ > longest_unread)
      replace({});
    return e.what();
  }
}

void trusted_issuer::put(jose_key_set keys, timestamp now) {
  std::lock_guard lock{mutex_};
  replace(std::move(keys));
  refreshed_ = now;
}

void trusted_issuer::replace(jose_key_set keys) {
  auto is_kept = [&](const jose_key& old) {
    return std::ranges::any_of(keys, [&](const jose_key& k) {
      return k.kid() == old.kid() && k.to_jwk(false) == old.to_jwk(false);
    });
  };
  if (!std::ranges::all_of(keys_, is_kept))
    edition_.fetch_add(1, std::memory_order_release);
  keys_ = std::move(keys);
}

timestamp trusted_issuer::believed_until() const {
  if (terms_.built_in)
    return timestamp::max();
  std::lock_guard lock{mutex_};
  // After a failed read, the next one is the first that can tell.
  return std::max(refreshed_.value_or(timestamp{}) + terms_.max_age,
                  tried_.value_or(timestamp{}) + terms_.min_interval);
}

trusted_issuer::key_reader jwks_reader(const external_issuer& from, fetch_policy policy) {
  if (auto why = why_not_fetched(from.issuer, policy); !why.empty())
    throw std::runtime_error{"an external issuer must be named by its https URL: " + why};
  if (!from.jwks)
    return [issuer = from.issuer, policy] {
      return read_jwks(fetch(discovered_jwks_uri(issuer, policy), policy));
    };
  auto source = *from.jwks;
  if (source.find("://") == std::string::npos)
    return [source] { return read_jwks(read_document(source)); };
  if (auto why = why_not_fetched(source, policy); !why.empty())
    throw std::runtime_error{"keys of an external issuer must come safely: " + why};
  return [source, policy] { return read_jwks(fetch(source, policy)); };
}

}  // namespace musterd
