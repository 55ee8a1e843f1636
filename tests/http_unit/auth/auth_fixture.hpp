#pragma once

#include "http/auth/tokens/token_issuer.hpp"
#include "http/auth/tokens/token_verifier.hpp"

#include <boost/endian/conversion.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

/// Issuers, keys and forged tokens for the token tests.
namespace musterd::testing {

using namespace std::chrono_literals;

inline const timestamp noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 11} + 12h;

inline uuid id_number(std::uint64_t n) {
  uuid result;
  boost::endian::store_big_u64(result.bytes.data() + 8, n);
  return result;
}

inline principal ann_principal() {
  return {{id_number(1)},      principal_kind::user, id_number(2),   {id_number(3)},
          token_audience::api, {id_number(4)},       noon + 30 * 24h};
}

/// A folder that is deleted when the test ends.
class scratch_folder {
 public:
  scratch_folder() {
    auto name = (std::filesystem::temp_directory_path() / "musterd-auth-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline void write_file(const std::string& path, std::string_view text) {
  std::ofstream{path, std::ios::trunc} << text;
}

/// The verifier's answer, on whichever thread it comes.
inline outcome<principal> verified(token_verifier& verifier, std::string_view token, timestamp now = noon) {
  std::promise<outcome<principal>> answer;
  verifier.verify(token, now, [&](outcome<principal> who) { answer.set_value(std::move(who)); });
  return answer.get_future().get();
}

inline std::string refusal(token_verifier& verifier, std::string_view token, timestamp now = noon) {
  auto who = verified(verifier, token, now);
  return who ? "accepted" : who.error().message;
}

/// The built-in issuer and a verifier that trusts it.
struct built_in {
  token_settings settings;
  jose_key_set keys{jose_key::generate()};
  key_ring ring{keys.front()};
  token_issuer issuer{settings, ring};
  token_verifier verifier{settings, [this] { return keys; }};

  std::string token(const principal& who = ann_principal(), timestamp now = noon) const {
    return issuer.issue(who, now)->text;
  }
};

/// The token's claims with some members replaced: `edited_claims(token, R"({"exp": 1})")`; null removes one.
std::string edited_claims(const std::string& token, std::string_view changes);
/// The token's claims, unverified.
std::string claims_of(const std::string& token);
std::string header_of(const std::string& token);
/// header.claims.signature, from texts and raw signature bytes.
std::string assembled(std::string_view header, std::string_view claims, std::string_view signature);
std::string hmac_sha256(std::string_view key, std::string_view text);

/// A new RSA key as a JWK, including its private part.
std::string rsa_jwk(std::size_t bits, std::string_view kid);

}  // namespace musterd::testing
