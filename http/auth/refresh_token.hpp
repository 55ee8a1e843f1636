#pragma once

#include "common/uuid.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A refresh token: says whose it is, so that it finds its person without a lookup, and proves it with 256
/// random bits. As text base64url of tenant | person | family | generation | secret.
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

  static std::optional<refresh_token> parse(std::string_view text);
  std::string to_text() const;
  /// What is stored. A fast hash will do: nobody guesses 256 random bits.
  std::string secret_hash() const;
};

}  // namespace musterd
