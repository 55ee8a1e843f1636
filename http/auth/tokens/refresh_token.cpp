#include "http/auth/tokens/refresh_token.hpp"

#include "http/auth/tokens/encoding.hpp"

#include <algorithm>
#include <span>

namespace musterd {
namespace {

constexpr std::size_t token_size = 16 + 16 + 16 + 4 + 32;
constexpr std::size_t proof_size = 16;

/// As a UUID of version 8 (RFC 9562, 5.8), whose content is ours to define.
token_family_uuid family_of(std::span<const std::uint8_t> secret) {
  auto proof = secret.first(proof_size);
  auto hash = sha256({reinterpret_cast<const char*>(proof.data()), proof.size()});
  token_family_uuid result;
  auto& bytes = result.value.bytes;
  std::copy_n(hash.begin(), bytes.size(), bytes.begin());
  bytes[6] = static_cast<std::uint8_t>(0x80 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
  return result;
}

}  // namespace

refresh_token refresh_token::first(tenant_uuid tenant, person_uuid person) {
  refresh_token result{tenant, person, {}, 1, {}};
  fill_random(result.secret);
  result.family = family_of(result.secret);
  return result;
}

refresh_token refresh_token::next() const {
  auto result = *this;
  ++result.generation;
  fill_random(std::span{result.secret}.subspan(proof_size));
  return result;
}

bool refresh_token::follows_from_its_family() const {
  return family == family_of(secret);
}

std::optional<refresh_token> refresh_token::parse(std::string_view text) {
  if (text.size() != token_size / 3 * 4)
    return std::nullopt;
  auto bytes = from_base64url(text);
  if (!bytes || bytes->size() != token_size)
    return std::nullopt;
  refresh_token result;
  auto from = bytes->begin();
  auto take = [&](auto& to) {
    std::copy_n(from, to.size(), to.begin());
    from += static_cast<std::ptrdiff_t>(to.size());
  };
  take(result.tenant.value.bytes);
  take(result.person.value.bytes);
  take(result.family.value.bytes);
  std::array<std::uint8_t, 4> number;
  take(number);
  result.generation = 0;
  for (auto byte : number)
    result.generation = result.generation << 8 | byte;
  take(result.secret);
  return result;
}

std::string refresh_token::to_text() const {
  std::array<std::uint8_t, token_size> bytes;
  auto to = std::copy(tenant.value.bytes.begin(), tenant.value.bytes.end(), bytes.begin());
  to = std::copy(person.value.bytes.begin(), person.value.bytes.end(), to);
  to = std::copy(family.value.bytes.begin(), family.value.bytes.end(), to);
  for (int shift = 24; shift >= 0; shift -= 8)
    *to++ = static_cast<std::uint8_t>(generation >> shift);
  std::copy(secret.begin(), secret.end(), to);
  return base64url(bytes);
}

std::string refresh_token::secret_hash() const {
  return sha256_hex(secret);
}

}  // namespace musterd
