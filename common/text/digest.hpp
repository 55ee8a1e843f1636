#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace musterd {

/// BLAKE2b of all parts, 16 to 64 bytes, with a key of 0 to 64 bytes. Lengths are hashed too: ("a", "bc") and
/// ("ab", "c") differ.
void digest_parts(std::initializer_list<std::string_view> parts, std::span<const unsigned char> key,
                  std::span<unsigned char> into);

/// The same in hex.
std::string hex_digest(std::initializer_list<std::string_view> parts, std::size_t bytes,
                       std::span<const unsigned char> key = {});

/// BLAKE2b-256 of a named value, in hex. Without the salt no guess can be checked.
inline std::string salted_digest(std::string_view salt, std::string_view name, std::string_view value) {
  return hex_digest({salt, name, value}, 32);
}

}  // namespace musterd
