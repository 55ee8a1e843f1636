#include "http/auth/signing_keys.hpp"

#include "common/private_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

namespace musterd {

jose_key_set load_signing_keys(const std::string& path) {
  auto keys = read_jwks(read_private_file(path));
  if (keys.empty() || !keys.front().has_private_part())
    throw std::runtime_error{
        fmt::format("the key file {} does not begin with a private P-256 or RSA key", path)};
  return keys;
}

jose_key_set load_or_create_signing_keys(const std::string& path) {
  if (!std::filesystem::exists(path))
    create_private_file(path, fmt::format("{{\"keys\":[{}]}}\n", jose_key::generate().to_jwk(true)));
  return load_signing_keys(path);
}

void rotate_signing_keys(const std::string& path) {
  auto previous = load_signing_keys(path).front().to_jwk(false);
  replace_private_file(path,
                       fmt::format("{{\"keys\":[{},{}]}}\n", jose_key::generate().to_jwk(true), previous));
}

}  // namespace musterd
