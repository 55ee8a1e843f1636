#include "http/auth/factors/secret_box.hpp"

#include "common/process/private_file.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

namespace musterd {
namespace {

constexpr std::size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                      tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* unsigned_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

secret_box secret_box::generate() {
  static_assert(std::tuple_size_v<decltype(key_)> == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  secret_box result;
  fill_random(result.key_);
  return result;
}

secret_box secret_box::load_or_create(const std::string& path) {
  create_private_file(path, [] { return base64url(generate().key_) + '\n'; });
  auto text = read_private_file(path);
  auto bytes = from_base64url(std::string_view{text}.substr(0, text.find('\n')));
  secret_box result;
  if (!bytes || bytes->size() != result.key_.size())
    throw std::runtime_error{"the key file " + path + " does not hold 32 bytes in base64url"};
  std::ranges::copy(*bytes, result.key_.begin());
  return result;
}

std::string secret_box::seal(std::span<const std::uint8_t> secret, std::string_view whose) const {
  std::vector<std::uint8_t> sealed(nonce_size + secret.size() + tag_size);
  fill_random(std::span{sealed}.first(nonce_size));
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_size, nullptr, secret.data(),
                                             secret.size(), unsigned_bytes(whose), whose.size(), nullptr,
                                             sealed.data(), key_.data());
  return base64url(sealed);
}

std::optional<std::vector<std::uint8_t>> secret_box::open(std::string_view sealed,
                                                          std::string_view whose) const {
  auto bytes = from_base64url(sealed);
  if (!bytes || bytes->size() < nonce_size + tag_size)
    return std::nullopt;
  std::vector<std::uint8_t> secret(bytes->size() - nonce_size - tag_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(secret.data(), nullptr, nullptr, bytes->data() + nonce_size,
                                                 bytes->size() - nonce_size, unsigned_bytes(whose),
                                                 whose.size(), bytes->data(), key_.data()) != 0)
    return std::nullopt;
  return secret;
}

}  // namespace musterd
