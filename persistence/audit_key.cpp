#include "persistence/audit_key.hpp"

#include "common/private_file.hpp"

#include <sodium.h>

#include <filesystem>
#include <stdexcept>

namespace musterd {

std::string to_hex(const chain_hash& hash) {
  std::string hex(2 * hash.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  hex.pop_back();
  return hex;
}

std::optional<chain_hash> hash_from_hex(std::string_view hex) {
  chain_hash result;
  std::size_t size = 0;
  if (hex.size() != 2 * result.size() ||
      sodium_hex2bin(result.data(), result.size(), hex.data(), hex.size(), nullptr, &size, nullptr) != 0)
    return std::nullopt;
  return size == result.size() ? std::optional{result} : std::nullopt;
}

audit_key audit_key::generate() {
  if (sodium_init() < 0)
    throw std::runtime_error{"libsodium could not be initialized"};
  audit_key result;
  randombytes_buf(result.bytes_.data(), result.bytes_.size());
  return result;
}

audit_key audit_key::load_or_create(const std::string& path) {
  if (!std::filesystem::exists(path))
    create_private_file(path, to_hex(generate().bytes_) + '\n');
  return load(path);
}

audit_key audit_key::load(const std::string& path) {
  auto text = read_private_file(path);
  auto bytes = hash_from_hex(std::string_view{text}.substr(0, text.find('\n')));
  if (!bytes)
    throw std::runtime_error{"the key file " + path + " does not hold 64 hexadecimal digits"};
  audit_key result;
  result.bytes_ = *bytes;
  return result;
}

chain_hash audit_key::hash(std::initializer_list<std::string_view> parts) const {
  crypto_generichash_state state;
  crypto_generichash_init(&state, bytes_.data(), bytes_.size(), std::tuple_size_v<chain_hash>);
  for (auto part : parts) {
    std::uint64_t size = part.size();  // lengths keep ("a", "bc") apart from ("ab", "c")
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(&size), sizeof size);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  }
  chain_hash result;
  crypto_generichash_final(&state, result.data(), result.size());
  return result;
}

}  // namespace musterd
