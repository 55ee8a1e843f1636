#include "common/salted_digest.hpp"

#include <sodium.h>

#include <cstdint>

namespace musterd {

std::string salted_digest(std::string_view salt, std::string_view name, std::string_view value) {
  crypto_generichash_state state;
  unsigned char sum[32];
  char hex[2 * sizeof sum + 1];
  crypto_generichash_init(&state, nullptr, 0, sizeof sum);
  for (auto part : {salt, name, value}) {
    std::uint64_t size = part.size();  // lengths keep ("a", "bc") apart from ("ab", "c")
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  crypto_generichash_final(&state, sum, sizeof sum);
  return sodium_bin2hex(hex, sizeof hex, sum, sizeof sum);
}

}  // namespace musterd
