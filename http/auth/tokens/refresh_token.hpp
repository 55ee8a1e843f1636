#pragma once

#include "common/text/uuid.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// A refresh token: names its person, so that no lookup is needed, and proves itself by its secret. As text,
/// base64url of tenant | person | family | generation | secret. All secrets of a family begin with the same
/// 128 bits, and the family's id is a hash of these: only someone who was given one of its tokens knows them,
/// although the id itself is in the audit trail and in access tokens. The other 128 bits are new each time.
struct refresh_token {
  tenant_uuid tenant;
  person_uuid person;
  token_family_uuid family;
  std::uint32_t generation = 1;
  std::array<std::uint8_t, 32> secret{};

  /// The first token of a new session.
  static refresh_token first(tenant_uuid tenant, person_uuid person);
  /// The family's next token, with a new secret.
  refresh_token next() const;

  /// Whether it can only be derived from an issued one. (Not so in sessions begun before ids were hashes.)
  bool follows_from_its_family() const;

  static std::optional<refresh_token> parse(std::string_view text);
  std::string to_text() const;
  /// The stored form. A fast hash will do: nobody guesses random bits.
  std::string secret_hash() const;
};

}  // namespace musterd
