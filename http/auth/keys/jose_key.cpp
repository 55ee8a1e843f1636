#include "http/auth/keys/jose_key.hpp"

#include "common/json/json_read.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <cjose/cjose.h>

#include <algorithm>
#include <array>

namespace musterd {
namespace {

/// Larger keys would only make us compute longer.
constexpr std::size_t fewest_rsa_bits = 2048, most_rsa_bits = 8192;
constexpr std::size_t most_keys = 256;

struct releases {
  void operator()(cjose_jws_t* p) const { cjose_jws_release(p); }
  void operator()(json_t* p) const { cjose_header_release(p); }
};
template <class T>
using owned = std::unique_ptr<T, releases>;

[[noreturn]] void fail(const char* what, const cjose_err& error) {
  throw std::runtime_error{fmt::format("{}: {}", what, error.message != nullptr ? error.message : "failed")};
}

std::shared_ptr<cjose_jwk_t> share(cjose_jwk_t* key) {
  return {key, [](cjose_jwk_t* p) { cjose_jwk_release(p); }};
}

std::string_view member_text(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

/// A "=" in the middle trips a libcjose assertion, ending the process: it gets only base64url.
bool is_base64url(std::string_view text) {
  return from_base64url(text).has_value();
}

bool has_sound_numbers(const boost::json::object& jwk) {
  constexpr std::array names{"x", "y", "d", "n", "e", "p", "q", "dp", "dq", "qi"};
  return std::all_of(names.begin(), names.end(),
                     [&](auto name) { return is_base64url(member_text(jwk, name)); });
}

bool is_compact(std::string_view text) {
  auto first = text.find('.'), last = text.rfind('.');
  return first != text.npos && first < last && is_base64url(text.substr(0, first)) &&
         is_base64url(text.substr(first + 1, last - first - 1)) && is_base64url(text.substr(last + 1));
}

std::optional<signature_algorithm> algorithm_for(const cjose_jwk_t* key) {
  cjose_err error{};
  switch (cjose_jwk_get_kty(key, &error)) {
    case CJOSE_JWK_KTY_EC:
      if (cjose_jwk_EC_get_curve(key, &error) == CJOSE_JWK_EC_P_256)
        return signature_algorithm::es256;
      return std::nullopt;
    case CJOSE_JWK_KTY_RSA:
      if (auto bits = cjose_jwk_get_keysize(key, &error); bits >= fewest_rsa_bits && bits <= most_rsa_bits)
        return signature_algorithm::rs256;
      return std::nullopt;
    default: return std::nullopt;
  }
}

/// RFC 7638: the digest of the key's required members, in this order.
std::string thumbprint(const boost::json::object& jwk) {
  auto text =
      member_text(jwk, "kty") == "EC"
          ? fmt::format(R"({{"crv":"{}","kty":"EC","x":"{}","y":"{}"}})", member_text(jwk, "crv"),
                        member_text(jwk, "x"), member_text(jwk, "y"))
          : fmt::format(R"({{"e":"{}","kty":"RSA","n":"{}"}})", member_text(jwk, "e"), member_text(jwk, "n"));
  return base64url(sha256(text));
}

}  // namespace

jose_key jose_key::generate() {
  cjose_err error{};
  jose_key result;
  result.key_ = share(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error));
  if (!result.key_)
    fail("a key could not be made", error);
  result.private_ = true;
  result.kid_ = thumbprint(parse_json(result.to_jwk(false)).value().as_object());
  return result;
}

std::optional<jose_key> jose_key::from_jwk(const boost::json::object& jwk) {
  if (member_text(jwk, "kty") == "oct" || !has_sound_numbers(jwk) ||
      (jwk.contains("use") && member_text(jwk, "use") != "sig"))
    return std::nullopt;
  auto text = boost::json::serialize(jwk);
  cjose_err error{};
  jose_key result;
  result.key_ = share(cjose_jwk_import(text.data(), text.size(), &error));
  auto algorithm = result.key_ ? algorithm_for(result.key_.get()) : std::nullopt;
  if (!algorithm || (jwk.contains("alg") && member_text(jwk, "alg") != enum_name(*algorithm)))
    return std::nullopt;
  result.algorithm_ = *algorithm;
  result.private_ = jwk.contains("d");
  result.kid_ = member_text(jwk, "kid").empty() ? thumbprint(jwk) : std::string{member_text(jwk, "kid")};
  return result;
}

std::string jose_key::sign(std::string_view claims_json, std::string_view type) const {
  cjose_err error{};
  owned<json_t> header{cjose_header_new(&error)};
  auto set = [&](const char* name, std::string_view value) {
    return cjose_header_set(header.get(), name, std::string{value}.c_str(), &error);
  };
  if (!header || !set(CJOSE_HDR_ALG, enum_name(algorithm_)) || !set(CJOSE_HDR_KID, kid_) || !set("typ", type))
    fail("a token's header could not be made", error);
  owned<cjose_jws_t> jws{cjose_jws_sign(key_.get(), header.get(),
                                        reinterpret_cast<const std::uint8_t*>(claims_json.data()),
                                        claims_json.size(), &error)};
  const char* compact = nullptr;
  if (!jws || !cjose_jws_export(jws.get(), &compact, &error))
    fail("a token could not be signed", error);
  return compact;
}

std::optional<std::string> jose_key::verify(std::string_view compact) const {
  if (!is_compact(compact))
    return std::nullopt;
  cjose_err error{};
  owned<cjose_jws_t> jws{cjose_jws_import(compact.data(), compact.size(), &error)};
  if (!jws)
    return std::nullopt;
  // The algorithm the library will use, as the library reads it.
  const auto* named = cjose_header_get(cjose_jws_get_protected(jws.get()), CJOSE_HDR_ALG, &error);
  if (named == nullptr || named != enum_name(algorithm_) || !cjose_jws_verify(jws.get(), key_.get(), &error))
    return std::nullopt;
  std::uint8_t* text = nullptr;  // owned by the jws
  std::size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &text, &size, &error))
    return std::nullopt;
  return std::string{reinterpret_cast<const char*>(text), size};
}

std::string jose_key::to_jwk(bool with_private_part) const {
  cjose_err error{};
  std::unique_ptr<char, cjose_dealloc_fn_t> text{cjose_jwk_to_json(key_.get(), with_private_part, &error),
                                                 cjose_get_dealloc()};
  if (!text)
    fail("a key could not be written", error);
  auto jwk = parse_json(text.get()).value().as_object();
  if (!kid_.empty())
    jwk["kid"] = kid_;
  jwk["alg"] = enum_name(algorithm_);
  jwk["use"] = "sig";
  return boost::json::serialize(jwk);
}

jose_key_set read_jwks(std::string_view json) {
  auto document = parse_json(json);
  const auto* object = document ? document->if_object() : nullptr;
  const auto* listed = object != nullptr ? object->if_contains("keys") : nullptr;
  if (listed == nullptr || !listed->is_array())
    throw std::runtime_error{"this is not a JWK Set"};
  if (listed->get_array().size() > most_keys)
    throw std::runtime_error{"this JWK Set has too many keys"};
  jose_key_set keys;
  for (const auto& jwk : listed->get_array())
    if (jwk.is_object())
      if (auto key = jose_key::from_jwk(jwk.get_object()))
        keys.push_back(std::move(*key));
  return keys;
}

std::string public_jwks(const jose_key_set& keys) {
  std::string result = "{\"keys\":[";
  for (const auto& key : keys)
    result.append(&key == &keys.front() ? "" : ",").append(key.to_jwk(false));
  return result + "]}";
}

}  // namespace musterd
