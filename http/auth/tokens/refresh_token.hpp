#pragma once

#include "common/text/uuid.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A refresh token: says whose it is, so that it finds its person without a lookup, and proves it with its
/// secret. As text base64url of tenant | person | family | generation | secret. All secrets of a family begin
/// with the same 128 bits, of which its id is a hash: who has them was given a token of it, though the id
/// itself is in the trail and in access tokens. The other 128 bits are new each time.
struct refresh_token {
  tenant_uuid tenant;
  person_uuid person;
  token_family_uuid family;
  std::uint32_t generation = 1;
  std::array<std::uint8_t, 32> secret{};

  /// The first token of a new session.
  static refresh_token first(tenant_uuid tenant, person_uuid person);
  /// The one that follows, with a secret of its own.
  refresh_token next() const;

  /// Whether it can only be made of one that was given before. (Not so in sessions that began before ids were
  /// hashes.)
  bool follows_from_its_family() const;

  static std::optional<refresh_token> parse(std::string_view text);
  std::string to_text() const;
  /// What is stored. A fast hash will do: nobody guesses random bits.
  std::string secret_hash() const;
};

}  // namespace musterd
