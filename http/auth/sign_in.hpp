#pragma once

#include "actors/entities.hpp"
#include "actors/person_aggregate.hpp"
#include "http/auth/login_throttle.hpp"
#include "http/auth/password_hasher.hpp"
#include "http/auth/refresh_token.hpp"
#include "http/auth/token_issuer.hpp"

namespace musterd {

/// POST /api/security/auth/token. People send username and password; services
/// `grantType: client_credentials` with clientId and clientSecret, and get a token of the internal audience
/// without a session. Names are unique per tenant only: who names none means the configured one.
struct token_request {
  std::optional<std::string> grant_type;
  std::optional<std::string> username;
  std::optional<std::string> password;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
  std::optional<std::string> tenant;

  bool is_service() const { return grant_type == "client_credentials"; }
};
BOOST_DESCRIBE_STRUCT(token_request, (), (grant_type, username, password, client_id, client_secret, tenant))

void validate(const token_request& r, std::vector<field_error>& errors);

struct token_response {
  std::string access_token;
  std::string token_type;
  std::int64_t expires_in = 0;
  /// Only for people.
  std::optional<std::string> refresh_token;
  std::optional<std::int64_t> refresh_expires_in;
};
BOOST_DESCRIBE_STRUCT(token_response, (),
                      (access_token, token_type, expires_in, refresh_token, refresh_expires_in))

/// Finds out who signs in; asks the database, off the caller's thread.
using login_callback = std::function<void(outcome<std::optional<login_record>>)>;
using find_login_fn = std::function<void(std::string tenant, std::string username, login_callback done)>;
find_login_fn login_finder(read_pool& reads);
/// The same for services, by their name.
find_login_fn client_finder(read_pool& reads);

/// What became of a sign-in: "succeeded", "wrong", "throttled", "refused", "failed". For metrics; called from
/// any thread.
using sign_in_observer = std::function<void(std::string_view result)>;

/// Passwords and refresh tokens to access tokens. Makes the secrets; the person actor only sees their hashes.
/// Callbacks are called once, from any thread. `ctx` needs no principal: it is found out here. An idempotency
/// key is not heeded, because the first answer would have to be stored with its tokens.
class sign_in {
 public:
  using callback = std::function<void(outcome<token_response>)>;

  sign_in(
      const token_issuer& issuer, password_hasher& hasher, login_throttle& throttle,
      entities<person_aggregate>& people, find_login_fn find_login, find_login_fn find_client,
      std::string default_tenant, sign_in_observer observe = [](std::string_view) {})
      : issuer_{issuer}, hasher_{hasher}, throttle_{throttle}, people_{people},
        find_login_{std::move(find_login)}, find_client_{std::move(find_client)},
        default_tenant_{std::move(default_tenant)}, observe_{std::move(observe)} {}

  /// Faults: INVALID_CREDENTIALS for unknown user and wrong password alike, ACCOUNT_DISABLED only to who
  /// knows the password, TOO_MANY_REQUESTS, BUSY.
  void with_secret(token_request request, request_context ctx, callback done);
  /// Fault: UNAUTHENTICATED; a token used before also ends its session.
  void with_refresh_token(std::string_view token, request_context ctx, callback done);
  /// Ends a session. Unknown tokens are no fault (RFC 7009, 2.2).
  void sign_out(std::string_view token, request_context ctx, std::function<void(outcome<void>)> done);

 private:
  struct attempt;
  void check_password(std::shared_ptr<attempt> a, std::optional<login_record> login);
  void open(std::shared_ptr<attempt> a, const login_record& login);
  /// Nothing for text that is no refresh token; such count against the address.
  std::optional<refresh_token> read_token(std::string_view text, const request_context& ctx);
  outcome<token_response> signed_response(const principal& who, timestamp now,
                                          std::optional<std::string> refresh_token,
                                          std::optional<std::int64_t> refresh_expires_in) const;
  outcome<token_response> respond_to_service(const login_record& service, timestamp now) const;
  outcome<token_response> respond(const session_view& session, const refresh_token& refresh,
                                  timestamp now) const;

  const token_issuer& issuer_;
  password_hasher& hasher_;
  login_throttle& throttle_;
  entities<person_aggregate>& people_;
  find_login_fn find_login_, find_client_;
  std::string default_tenant_;
  sign_in_observer observe_;
};

}  // namespace musterd
