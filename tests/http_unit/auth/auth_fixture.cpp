#include "tests/http_unit/auth/auth_fixture.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <cjose/cjose.h>
#include <openssl/hmac.h>

namespace musterd::testing {
namespace {

std::string decoded(std::string_view part) {
  auto bytes = from_base64url(part).value();
  return {bytes.begin(), bytes.end()};
}

std::string encoded(std::string_view text) {
  return base64url({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

std::string header_of(const std::string& token) {
  return decoded(token.substr(0, token.find('.')));
}

std::string claims_of(const std::string& token) {
  auto first = token.find('.');
  return decoded(token.substr(first + 1, token.rfind('.') - first - 1));
}

std::string edited_claims(const std::string& token, std::string_view changes) {
  auto claims = parse_json(claims_of(token)).value().as_object();
  auto changed = parse_json(changes).value().as_object();
  for (const auto& [key, value] : changed)
    if (value.is_null())
      claims.erase(key);
    else
      claims[key] = value;
  return boost::json::serialize(claims);
}

std::string assembled(std::string_view header, std::string_view claims, std::string_view signature) {
  return encoded(header) + "." + encoded(claims) + "." + encoded(signature);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char sum[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum, &size);
  return {reinterpret_cast<char*>(sum), size};
}

std::string rsa_jwk(std::size_t bits, std::string_view kid) {
  cjose_err error{};
  const std::uint8_t exponent[] = {1, 0, 1};
  std::unique_ptr<cjose_jwk_t, bool (*)(cjose_jwk_t*)> key{
      cjose_jwk_create_RSA_random(bits, exponent, 3, &error), cjose_jwk_release};
  cjose_jwk_set_kid(key.get(), kid.data(), kid.size(), &error);
  std::unique_ptr<char, cjose_dealloc_fn_t> text{cjose_jwk_to_json(key.get(), true, &error),
                                                 cjose_get_dealloc()};
  return text.get();
}

}  // namespace musterd::testing
