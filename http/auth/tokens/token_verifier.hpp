#pragma once

#include "common/fault.hpp"
#include "http/auth/sign_in/worker.hpp"
#include "http/auth/tokens/principal_cache.hpp"
#include "http/auth/tokens/signed_token.hpp"
#include "http/auth/tokens/trusted_issuer.hpp"

namespace musterd {

/// The user that an external subject stands for.
struct subject_user {
  user_uuid user;
  person_uuid person;
};
/// May block on the database; called on a thread of the verifier.
using subject_lookup =
    std::function<std::optional<subject_user>(tenant_uuid tenant, std::string_view subject)>;
/// Called when keys could not be read.
using key_trouble = std::function<void(std::string_view issuer, std::string_view what)>;

/// Determines whom a token speaks for. Algorithms are pinned per issuer and key, whatever the token's header
/// claims.
class token_verifier {
 public:
  using callback = std::function<void(outcome<principal>)>;

  /// `own_keys` reads the public keys of the built-in issuer. External issuers' keys are first read when
  /// needed.
  token_verifier(const token_settings& settings, trusted_issuer::key_reader own_keys,
                 subject_lookup find_subject = {}, key_trouble on_trouble = {});

  /// The hot path: a token seen before. Does not allocate.
  std::optional<principal> cached(std::string_view token, timestamp now) { return cache_.find(token, now); }

  /// Any token. Our own are answered on this thread (a signature check, about 0.1 ms); external ones, and
  /// those with unknown keys, on a thread that may read keys.
  void verify(std::string_view token, timestamp now, callback done);

  /// Replaces our own keys.
  void take_own_keys(jose_key_set keys, timestamp now);

  std::size_t cached_tokens() const { return cache_.size(); }

 private:
  trusted_issuer* issuer_named(std::string_view name);
  outcome<principal> check(trusted_issuer& from, const signed_token& token,
                           const trusted_issuer::found_key& by, timestamp now);
  outcome<principal> own_principal(const boost::json::object& claims) const;
  outcome<principal> external_principal(const trusted_issuer& from, const boost::json::object& claims) const;
  void verify_later(trusted_issuer& from, bool has_fresh_key, std::string text, timestamp now, callback done);
  void refresh(trusted_issuer& from, timestamp now);

  token_settings settings_;
  subject_lookup find_subject_;
  key_trouble on_trouble_;
  principal_cache cache_;
  /// Members with threads last: they must stop before what they use is destroyed; `slow_` uses the issuers.
  std::vector<std::unique_ptr<trusted_issuer>> issuers_;
  worker_pool slow_;
};

}  // namespace musterd
