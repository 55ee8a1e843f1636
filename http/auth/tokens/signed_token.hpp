#pragma once

#include "common/fault.hpp"

#include <boost/json/object.hpp>

#include <chrono>

namespace musterd {

/// `typ` of access tokens, so that no other token can pass for one (RFC 9068, 2.1).
inline constexpr std::string_view access_token_type = "at+jwt";

/// A JWT taken apart, before anything in it is trusted.
struct signed_token {
  std::string_view text;
  std::string algorithm;
  std::string kid;
  std::string type;
  /// From the unverified payload: only good for choosing whose keys to try.
  std::string issuer;
};

/// 401 for anything but a plain compact JWT. Ignores keys in the header (`jku`, `jwk`, `x5u`, `x5c`); refuses
/// `crit`, as we know no extensions (RFC 7515, 4.1.11).
outcome<signed_token> take_apart(std::string_view text);

/// 401 unless the verified claims are for one of `audiences` and valid at `now`.
outcome<void> check_claims(const boost::json::object& claims, const std::vector<std::string>& audiences,
                           std::chrono::sys_seconds now, std::chrono::seconds leeway);

/// Whether `typ` is an access token's; the prefix `application/` is optional (RFC 7515, 4.1.9).
bool is_access_token_type(std::string_view type);
/// Whether this is an ID token or a logout token (OpenID Connect Core, 2 and 3.3.2.11; Back-Channel Logout,
/// 2.4): with `typ` `JWT`, only the claims tell.
bool is_no_access_token(const boost::json::object& claims);

/// A NumericDate between 1970 and 9999, truncated to seconds.
std::optional<std::chrono::sys_seconds> date_claim(const boost::json::object& claims, std::string_view name);
std::string_view text_claim(const boost::json::object& claims, std::string_view name);

}  // namespace musterd
