#pragma once

#include "common/text/uuid.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace musterd {

/// Names its person, so that no lookup is needed, and proves itself by its secret. As text, base64url of
/// tenant | person | family | generation | secret. A family's secrets share their first 128 bits, whose hash
/// is its id: only holders of its tokens know them, though the id is in the audit trail and in access tokens.
/// The other 128 bits are new each time.
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

  /// Whether it must derive from an issued one. (False in sessions older than hashed ids.)
  bool follows_from_its_family() const;

  static std::optional<refresh_token> parse(std::string_view text);
  std::string to_text() const;
  /// The stored form. A fast hash will do: nobody guesses random bits.
  std::string secret_hash() const;
};

}  // namespace musterd
