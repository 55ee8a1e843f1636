#include "tests/http/sign_in/forged_token.hpp"

#include <cjose/cjose.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace musterd::testing {
namespace {

std::string encoded(const std::string& text) {
  char* out = nullptr;
  std::size_t size = 0;
  cjose_err error{};
  if (!cjose_base64url_encode(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), &out, &size,
                              &error))
    throw std::runtime_error{"base64url"};
  std::string result{out, size};
  cjose_get_dealloc()(out);
  return result;
}

boost::json::object part_of(const std::string& token, int index) {
  std::size_t from = 0;
  for (; index > 0; --index)
    from = token.find('.', from) + 1;
  auto part = token.substr(from, token.find('.', from) - from);
  std::uint8_t* out = nullptr;
  std::size_t size = 0;
  cjose_err error{};
  if (!cjose_base64url_decode(part.data(), part.size(), &out, &size, &error))
    throw std::runtime_error{"base64url"};
  auto value = boost::json::parse(std::string{reinterpret_cast<char*>(out), size});
  cjose_get_dealloc()(out);
  return value.as_object();
}

std::string sign(cjose_jwk_t* key, const boost::json::object& header, const boost::json::object& claims) {
  cjose_err error{};
  auto* fields = cjose_header_new(&error);
  for (const auto& [name, value] : header)
    cjose_header_set(fields, std::string{name}.c_str(), value.as_string().c_str(), &error);
  auto text = boost::json::serialize(claims);
  auto* jws = key == nullptr ? nullptr
                             : cjose_jws_sign(key, fields, reinterpret_cast<const std::uint8_t*>(text.data()),
                                              text.size(), &error);
  const char* compact = nullptr;
  if (jws == nullptr || !cjose_jws_export(jws, &compact, &error))
    throw std::runtime_error{std::string{"cannot sign: "} + error.message};
  std::string result{compact};
  cjose_jws_release(jws);
  cjose_header_release(fields);
  cjose_jwk_release(key);
  return result;
}

}  // namespace

boost::json::object header_of(const std::string& token) {
  return part_of(token, 0);
}

boost::json::object claims_of(const std::string& token) {
  return part_of(token, 1);
}

std::string signed_with_file(const std::string& key_file, const boost::json::object& header,
                             const boost::json::object& claims) {
  std::ifstream in{key_file};
  auto keys = boost::json::parse(std::string{std::istreambuf_iterator<char>{in}, {}});
  auto text = boost::json::serialize(keys.at("keys").at(0));
  cjose_err error{};
  return sign(cjose_jwk_import(text.data(), text.size(), &error), header, claims);
}

std::string signed_with_stranger(const boost::json::object& header, const boost::json::object& claims) {
  cjose_err error{};
  return sign(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error), header, claims);
}

std::string signed_with_secret(const std::string& secret, boost::json::object header,
                               const boost::json::object& claims) {
  cjose_err error{};
  header["alg"] = "HS256";
  return sign(
      cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), &error),
      header, claims);
}

std::string unsigned_token(boost::json::object header, const boost::json::object& claims) {
  header["alg"] = "none";
  return encoded(boost::json::serialize(header)) + '.' + encoded(boost::json::serialize(claims)) + '.';
}

}  // namespace musterd::testing
