#include "http/auth/tokens/signed_token.hpp"

#include "common/json/json_read.hpp"
#include "common/text/text.hpp"
#include "http/auth/tokens/encoding.hpp"

#include <algorithm>
#include <array>

namespace musterd {
namespace {

using std::chrono::seconds, std::chrono::sys_seconds;

/// Ours are below 1 KiB; one with hundreds of group claims may be larger.
constexpr std::size_t max_token_size = 8192;
constexpr double last_second = 253'402'300'799;

std::optional<boost::json::object> object_in(std::string_view part) {
  auto bytes = from_base64url(part);
  if (!bytes)
    return std::nullopt;
  auto document = parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!document || !document->is_object())
    return std::nullopt;
  return std::move(document->get_object());
}

bool is_for(const boost::json::object& claims, const std::vector<std::string>& audiences) {
  auto wanted = [&](const boost::json::value& v) {
    return v.is_string() &&
           std::find(audiences.begin(), audiences.end(), std::string_view{v.get_string()}) != audiences.end();
  };
  const auto* aud = claims.if_contains("aud");
  if (aud == nullptr)
    return false;
  return aud->is_array() ? std::any_of(aud->get_array().begin(), aud->get_array().end(), wanted)
                         : wanted(*aud);
}

}  // namespace

outcome<signed_token> take_apart(std::string_view text) {
  auto refused = [] { return unauthenticated("The token is not valid."); };
  auto first = text.find('.'), last = text.rfind('.');
  if (text.size() > max_token_size || first == std::string_view::npos || first == last ||
      text.find('.', first + 1) != last)
    return refused();
  auto header = object_in(text.substr(0, first));
  auto claims = object_in(text.substr(first + 1, last - first - 1));
  // libcjose is lenient about padding, but two texts of one token would be two tokens to our cache.
  if (!header || !claims || !from_base64url(text.substr(last + 1)) || header->contains("crit"))
    return refused();
  return signed_token{text, std::string{text_claim(*header, "alg")}, std::string{text_claim(*header, "kid")},
                      std::string{text_claim(*header, "typ")}, std::string{text_claim(*claims, "iss")}};
}

outcome<void> check_claims(const boost::json::object& claims, const std::vector<std::string>& audiences,
                           sys_seconds now, seconds leeway) {
  auto expires = date_claim(claims, "exp");
  if (!expires || !is_for(claims, audiences))
    return unauthenticated("The token is not valid.");
  if (now >= *expires + leeway)
    return unauthenticated("The token has expired.");
  if (claims.contains("nbf")) {
    auto not_before = date_claim(claims, "nbf");
    if (!not_before || now + leeway < *not_before)
      return unauthenticated("The token is not valid yet.");
  }
  return {};
}

bool is_access_token_type(std::string_view type) {
  constexpr std::string_view media_type = "application/";
  if (equals_ignoring_case(type.substr(0, media_type.size()), media_type))
    type.remove_prefix(media_type.size());
  return equals_ignoring_case(type, access_token_type);
}

bool is_no_access_token(const boost::json::object& claims) {
  constexpr auto telling =
      std::to_array<std::string_view>({"nonce", "at_hash", "c_hash", "s_hash", "events"});
  return std::ranges::any_of(telling, [&](auto name) { return claims.contains(name); });
}

std::optional<sys_seconds> date_claim(const boost::json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || !value->is_number())
    return std::nullopt;
  auto number = value->to_number<double>();
  if (!(number >= 0 && number <= last_second))
    return std::nullopt;
  return sys_seconds{seconds{static_cast<std::int64_t>(number)}};
}

std::string_view text_claim(const boost::json::object& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

}  // namespace musterd
