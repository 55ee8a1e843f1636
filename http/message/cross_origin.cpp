#include "http/message/cross_origin.hpp"

#include <algorithm>

namespace musterd {
namespace {

constexpr std::string_view request_headers =
    "Authorization, Content-Type, Idempotency-Key, If-Match, X-Correlation-Id, traceparent";
constexpr std::string_view preflight_seconds = "600";

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '[' || c == ']' ||
         c == ':';
}

/// As in RFC 6454: scheme, host, and the port unless it is the scheme's default.
bool is_origin(std::string_view text) {
  bool secure = text.starts_with("https://");
  if (!secure && !text.starts_with("http://"))
    return false;
  auto host = text.substr(secure ? 8 : 7);
  return !host.empty() && std::all_of(host.begin(), host.end(), is_host_letter) && !host.starts_with(':') &&
         !host.ends_with(':') && !host.ends_with(secure ? ":443" : ":80");
}

}  // namespace

outcome<cross_origin> cross_origin::of(std::vector<std::string> origins) {
  for (const auto& origin : origins)
    if (!is_origin(origin))
      return validation_failed(
          {{"http.cors_origins", "http.cors_origins: " + origin +
                                     " is no origin such as https://shop.example or http://localhost:3000"}});
  cross_origin result;
  result.origins_ = std::move(origins);
  return result;
}

std::string_view cross_origin::allowed(std::string_view origin) const {
  auto found = std::find(origins_.begin(), origins_.end(), origin);
  return found == origins_.end() ? std::string_view{} : std::string_view{*found};
}

void answer_preflight(http_response& to, std::string_view methods) {
  to.headers.emplace_back("Access-Control-Allow-Methods", std::string{methods});
  to.headers.emplace_back("Access-Control-Allow-Headers", std::string{request_headers});
  to.headers.emplace_back("Access-Control-Max-Age", std::string{preflight_seconds});
}

}  // namespace musterd
