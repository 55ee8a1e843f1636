#pragma once

#include "http/auth/sign_in/sign_in.hpp"
#include "http/message/response.hpp"

#include <array>

/// The token endpoint as in OAuth 2.0 (RFC 6749, 4.3, 4.4 and 6), for clients that know no other: a form in,
/// `access_token` out, client_secret_post.
namespace musterd {

/// Accepted values of `grant_type`; the discovery document lists them too.
inline constexpr std::array<std::string_view, 3> grant_types{"client_credentials", "password",
                                                             "refresh_token"};
inline constexpr std::array<std::string_view, 2> client_authentications{"client_secret_post", "none"};

struct token_form {
  token_request secret;
  /// Set for grant_type refresh_token.
  std::optional<std::string> refresh_token;
};

/// Faults: VALIDATION_FAILED, also for a repeated parameter (3.2).
outcome<token_form> read_token_form(std::string_view body);

http_response form_answer(const token_response& tokens);
/// As in 5.2: `{"error": "invalid_grant", …}`. `is_client`: a client failed to authenticate, not a person.
http_response form_refusal(const fault& why, bool is_client);

}  // namespace musterd
