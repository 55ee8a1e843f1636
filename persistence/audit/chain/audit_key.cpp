#include "persistence/audit/chain/audit_key.hpp"

#include "common/process/private_file.hpp"
#include "common/text/digest.hpp"
#include "common/text/hex.hpp"

#include <sodium.h>

#include <stdexcept>

namespace musterd {

std::string to_hex(const chain_hash& hash) {
  return to_hex(std::string_view{reinterpret_cast<const char*>(hash.data()), hash.size()});
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
  create_private_file(path, [] { return to_hex(generate().bytes_) + '\n'; });
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
  chain_hash result;
  digest_parts(parts, bytes_, result);
  return result;
}

}  // namespace musterd
