#pragma once

#include "actors/aggregates/person_aggregate.hpp"
#include "actors/entities.hpp"
#include "http/auth/factors/second_factors.hpp"
#include "http/auth/limits/login_throttle.hpp"
#include "http/auth/sign_in/failed_sign_ins.hpp"
#include "http/auth/sign_in/password_hasher.hpp"
#include "http/auth/tokens/refresh_token.hpp"
#include "http/auth/tokens/token_issuer.hpp"

namespace musterd {

/// POST /api/security/auth/token. People send username and password; services `grantType: client_credentials`
/// with clientId and clientSecret, and get a token of the internal audience without a session. Names are
/// unique per tenant; the default tenant is configured.
struct token_request {
  std::optional<std::string> grant_type;
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
  std::optional<std::string> tenant;
  /// One of the two, if the user has a second factor.
  std::optional<std::string> totp_code;
  std::optional<std::string> recovery_code;

  bool is_service() const { return grant_type == "client_credentials"; }
};
BOOST_DESCRIBE_STRUCT(token_request, (),
                      (grant_type, username, password, client_id, client_secret, tenant, totp_code,
                       recovery_code))

void validate(const token_request& r, std::vector<field_error>& errors);

struct token_response {
  std::string access_token;
  std::string token_type;
  std::int64_t expires_in = 0;
  /// People only.
  std::optional<std::string> refresh_token;
  std::optional<std::int64_t> refresh_expires_in;
  /// Until that is done, the tokens open nothing else.
  std::optional<musterd::required_action> required_action;
};
BOOST_DESCRIBE_STRUCT(token_response, (),
                      (access_token, token_type, expires_in, refresh_token, refresh_expires_in,
                       required_action))

/// Database lookups for sign-in, off the caller's thread.
class sign_in_lookups {
 public:
  using login_callback = std::function<void(outcome<std::optional<login_record>>)>;
  using service_callback = std::function<void(outcome<std::optional<service_login>>)>;
  using given_callback = std::function<void(outcome<bool>)>;

  sign_in_lookups(read_pool& reads, company_directories& companies) : reads_{reads}, companies_{companies} {}

  void find_user(std::string tenant, std::string name, std::string network, login_callback done) const;
  /// Also makes sure that this node's access check knows the service, wherever it was created.
  void find_service(std::string tenant, std::string name, service_callback done) const;
  /// Whether the token was issued for a session that is still stored. Costs one index lookup and wakes no
  /// actor.
  void find_given(const refresh_token& token, given_callback done) const;

 private:
  template <class Answer, class Find>
  void ask(std::function<void(outcome<Answer>)> done, Find find) const;

  read_pool& reads_;
  company_directories& companies_;
};

/// A sign-in's result: "succeeded", "wrong", "throttled", "refused", "failed"; or "made_up_token", for a
/// refresh token never issued. For metrics; called from any thread.
using sign_in_observer = std::function<void(std::string_view result)>;

/// The hashes to compare a secret with, stored ones first: always as many, so that timing does not reveal who
/// exists. Nullopt stands for a made-up one.
std::vector<std::optional<std::string>> hashes_to_try(std::vector<std::string> stored, bool is_service);

/// Exchanges passwords and refresh tokens for access tokens. Makes the secrets; the person actor only sees
/// hashes. Callbacks run once, on any thread. `ctx` needs no principal. Idempotency keys are ignored: the
/// first answer would have to be stored with its tokens.
class sign_in {
 public:
  using callback = std::function<void(outcome<token_response>)>;

  sign_in(const token_issuer& issuer, password_hasher& hasher, login_throttle& throttle,
          failed_sign_ins& failures, const second_factors& factors, entities<person_aggregate>& people,
          sign_in_lookups lookups, std::string default_tenant, sign_in_observer observe)
      : issuer_{issuer}, hasher_{hasher}, throttle_{throttle}, failures_{failures}, factors_{factors},
        people_{people}, lookups_{lookups}, default_tenant_{std::move(default_tenant)},
        observe_{std::move(observe)} {}

  /// Faults: INVALID_CREDENTIALS for unknown user and wrong password alike; only with the right password,
  /// ACCOUNT_DISABLED, SECOND_FACTOR_REQUIRED and SECOND_FACTOR_INVALID; TOO_MANY_REQUESTS, BUSY.
  void with_secret(token_request request, request_context ctx, callback done);
  /// Fault: UNAUTHENTICATED; reuse of a token also ends its session. A token that was issued is never
  /// throttled.
  void with_refresh_token(std::string_view token, request_context ctx, callback done);
  /// Ends a session. Unknown tokens are not a fault (RFC 7009, 2.2).
  void sign_out(std::string_view token, request_context ctx, std::function<void(outcome<void>)> done);

 private:
  struct attempt;
  /// After the lookup; `tenant` is nullopt if unknown.
  void begin_check(const std::shared_ptr<attempt>& a, std::optional<tenant_uuid> tenant, uuid whom,
                   std::vector<std::string> hashes, bool was_there_before);
  /// Tries one hash after the other until one is right.
  void check_hash(std::shared_ptr<attempt> a, std::size_t tried);
  void succeed(const std::shared_ptr<attempt>& a, std::size_t matched);
  void open(std::shared_ptr<attempt> a, const login_record& login);
  /// A right password only counts as a right guess together with its second factor.
  void end_open(attempt& a, const outcome<session_view>& session, const refresh_token& refresh);
  /// Ends an attempt; recorded if it was refused, not if it could not be carried out.
  void refuse(attempt& a, std::string_view result, fault why);
  void rotate(const refresh_token& token, request_context ctx, callback done);
  void revoke(const refresh_token& token, request_context ctx, std::function<void(outcome<void>)> done);
  /// The token in `text`, if `find_given` knows it. Made-up ones are observed but throttle nobody: detecting
  /// them is nearly free, and old tokens of clients that slept look the same.
  void with_given(std::string_view text, request_context ctx,
                  std::function<void(outcome<std::optional<refresh_token>>, request_context)> done);
  /// Adds an access token to `rest`.
  outcome<token_response> signed_response(const principal& who, timestamp now, token_response rest) const;
  outcome<token_response> respond_to_service(const service_login& service, service_secret_uuid secret,
                                             timestamp now) const;
  outcome<token_response> respond(const session_view& session, const refresh_token& refresh,
                                  timestamp now) const;

  const token_issuer& issuer_;
  password_hasher& hasher_;
  login_throttle& throttle_;
  failed_sign_ins& failures_;
  const second_factors& factors_;
  entities<person_aggregate>& people_;
  sign_in_lookups lookups_;
  std::string default_tenant_;
  sign_in_observer observe_;
};

}  // namespace musterd
