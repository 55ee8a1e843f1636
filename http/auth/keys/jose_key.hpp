#pragma once

#include "common/json/described.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct _cjose_jwk_int;

/// Keys and signatures, through libcjose.
namespace musterd {

/// What we sign with and accept. libcjose has no EdDSA; `none` and symmetric HS* cannot be expressed.
enum class signature_algorithm { es256, rs256 };
BOOST_DESCRIBE_ENUM(signature_algorithm, es256, rs256)

/// One key, for exactly one algorithm. Safe to share between threads.
class jose_key {
 public:
  /// A new P-256 key with its private part.
  static jose_key generate();
  /// Nullopt for a key we cannot use: other types and curves, RSA below 2048 or above 8192 bits, encryption
  /// keys.
  static std::optional<jose_key> from_jwk(const boost::json::object& jwk);

  const std::string& kid() const { return kid_; }
  signature_algorithm algorithm() const { return algorithm_; }
  bool has_private_part() const { return private_; }

  /// The compact form of a JWT. Throws std::runtime_error if the library refuses.
  std::string sign(std::string_view claims_json, std::string_view type) const;
  /// The claims, if this key signed them with its algorithm.
  std::optional<std::string> verify(std::string_view compact) const;

  std::string to_jwk(bool with_private_part) const;

 private:
  jose_key() = default;

  std::shared_ptr<_cjose_jwk_int> key_;
  std::string kid_;
  signature_algorithm algorithm_ = signature_algorithm::es256;
  bool private_ = false;
};

/// The public keys of one issuer.
using jose_key_set = std::vector<jose_key>;

/// Reads a JWK Set, skipping keys we cannot use. Throws std::runtime_error if it is not a JWK Set.
jose_key_set read_jwks(std::string_view json);

/// `{"keys":[…]}` without private parts.
std::string public_jwks(const jose_key_set& keys);

}  // namespace musterd
