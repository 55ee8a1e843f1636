#include "common/text/digest.hpp"

#include <sodium.h>

#include <cstdint>

namespace musterd {

void digest_parts(std::initializer_list<std::string_view> parts, std::span<const unsigned char> key,
                  std::span<unsigned char> into) {
  crypto_generichash_state state;
  crypto_generichash_init(&state, key.empty() ? nullptr : key.data(), key.size(), into.size());
  for (auto part : parts) {
    std::uint64_t size = part.size();
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  crypto_generichash_final(&state, into.data(), into.size());
}

std::string hex_digest(std::initializer_list<std::string_view> parts, std::size_t bytes,
                       std::span<const unsigned char> key) {
  unsigned char sum[crypto_generichash_BYTES_MAX];
  char hex[2 * sizeof sum + 1];
  digest_parts(parts, key, std::span{sum}.first(bytes));
  return sodium_bin2hex(hex, sizeof hex, sum, bytes);
}

}  // namespace musterd
