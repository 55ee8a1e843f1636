#include "http/auth/keys/signing_key_file.hpp"

#include "common/json/json_read.hpp"
#include "common/process/crash_point.hpp"
#include "common/process/private_file.hpp"
#include "http/auth/tokens/signed_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace musterd {
namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::string_view made_at_member = "iat";

std::string file_text(const std::vector<signing_key>& keys) {
  std::string result;
  for (const auto& k : keys) {
    auto jwk = parse_json(k.key.to_jwk(true)).value().as_object();
    if (k.made_at)
      jwk[made_at_member] = std::chrono::floor<std::chrono::seconds>(*k.made_at).time_since_epoch().count();
    result.append(result.empty() ? "" : ",").append(boost::json::serialize(jwk));
  }
  return fmt::format("{{\"keys\":[{}]}}\n", result);
}

std::vector<signing_key> keys_in(std::string_view text) {
  std::vector<signing_key> result;
  auto usable = read_jwks(text).size();
  auto document = parse_json(text).value();
  for (const auto& jwk : document.at("keys").as_array()) {
    auto key = jwk.is_object() ? jose_key::from_jwk(jwk.get_object()) : std::nullopt;
    if (!key)
      continue;
    result.push_back({std::move(*key), date_claim(jwk.get_object(), made_at_member)});
  }
  if (usable == 0 || !result.front().key.has_private_part())
    throw std::runtime_error{"does not begin with a private P-256 or RSA key"};
  return result;
}

bool is_public(const signing_key& k) {
  return !k.key.has_private_part();
}

signing_key new_key(timestamp now) {
  return {jose_key::generate(), std::chrono::floor<std::chrono::seconds>(now)};
}

}  // namespace

std::vector<signing_key> signing_key_file::load_or_create(timestamp now) const {
  create_private_file(path_, [&] { return file_text({new_key(now)}); });
  return load();
}

std::vector<signing_key> signing_key_file::load() const {
  auto text = read_private_file(path_);
  try {
    return keys_in(text);
  } catch (const std::exception& e) {
    throw std::runtime_error{fmt::format("the key file {} is damaged: {}", path_, e.what())};
  }
}

std::optional<signing_key> signing_key_file::announce(timestamp now,
                                                      const std::optional<std::string>& after) const {
  private_file_lock only{path_, patience};
  auto keys = load();
  std::erase_if(keys, is_public);
  if (keys.size() > 1 || (after && keys.front().key.kid() != *after))
    return std::nullopt;
  keys.push_back(new_key(now));
  crash_point::reached("signing_keys", "before-announce");
  only.replace(file_text(keys));
  crash_point::reached("signing_keys", "after-announce");
  return keys.back();
}

void signing_key_file::drop_before(const std::string& kid) const {
  private_file_lock only{path_, patience};
  auto keys = load();
  auto first = std::ranges::find(keys, kid, [](const auto& k) { return k.key.kid(); });
  if (first == keys.end() || (first == keys.begin() && std::ranges::none_of(keys, is_public)))
    return;
  keys.erase(keys.begin(), first);
  std::erase_if(keys, is_public);
  only.replace(file_text(keys));
}

}  // namespace musterd
