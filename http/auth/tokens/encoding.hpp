#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Encodings, digests and random bytes for tokens. Of these only `fill_random` initializes libsodium itself.
namespace musterd {

/// Without padding (RFC 7515, 2).
std::string base64url(std::span<const std::uint8_t> bytes);
/// Nullopt for padding, blanks or any other foreign character.
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

/// In hexadecimal.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::vector<std::uint8_t> sha256(std::string_view text);

void fill_random(std::span<std::uint8_t> out);

/// Throws std::runtime_error if the library cannot run here.
void ensure_sodium();

}  // namespace musterd
