#include "common/text/redaction.hpp"

#include "common/text/card_number.hpp"
#include "common/text/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace musterd {
namespace {

/// The part of a text to redact.
struct stretch {
  std::size_t from, to;
};

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
bool is_base64url(char c) {
  return is_digit(c) || is_letter(c) || c == '-' || c == '_';
}
/// A character of a header's credentials (RFC 9110, 11.2).
bool is_token68(char c) {
  return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_word(char c) {
  return is_digit(c) || is_letter(c);
}

/// Authentication schemes whose credentials are secrets as they stand (RFC 6750, RFC 7617).
constexpr auto schemes = std::to_array<std::string_view>({"bearer", "basic"});

template <class Is>
std::size_t skip(std::string_view text, std::size_t at, Is is) {
  while (at < text.size() && is(text[at]))
    ++at;
  return at;
}

/// A JWT, header.claims.signature, in the base64url run at `at`. A header is a JSON object and so begins with
/// `ey` or `ew`; unsigned tokens have no signature.
std::optional<stretch> token_at(std::string_view text, std::size_t at) {
  constexpr std::size_t shortest_part = 8;
  auto header = skip(text, at, is_base64url);
  auto run = text.substr(at, header - at);
  auto from = run.starts_with("ey") || run.starts_with("ew") ? at : text.substr(0, header).find("eyJ", at);
  if (from == std::string_view::npos || header - from < shortest_part || header == text.size() ||
      text[header] != '.')
    return std::nullopt;
  auto claims = skip(text, header + 1, is_base64url);
  if (claims - header <= shortest_part || claims == text.size() || text[claims] != '.')
    return std::nullopt;
  return stretch{from, skip(text, claims + 1, is_base64url)};
}

bool ends_with_scheme(std::string_view text) {
  return std::ranges::any_of(schemes, [&](auto scheme) {
    return text.size() >= scheme.size() &&
           equals_ignoring_case(text.substr(text.size() - scheme.size()), scheme);
  });
}

/// The credential behind `Bearer`, without that word. In a path it may run into the next:
/// `Bearer a/Bearer b`.
std::optional<stretch> credential_at(std::string_view text, std::size_t at) {
  constexpr std::size_t shortest = 4;  // "basic law" holds no credential
  auto scheme = std::ranges::find_if(
      schemes, [&](auto name) { return equals_ignoring_case(text.substr(at, name.size()), name); });
  if (scheme == schemes.end())
    return std::nullopt;
  auto from = skip(text, at + scheme->size(), is_space);
  if (from == at + scheme->size())
    return std::nullopt;
  auto to = skip(text, from, is_token68);
  if (to - from < shortest)
    return std::nullopt;
  while (ends_with_scheme(text.substr(from, to - from)) && to < text.size() && is_space(text[to]))
    to = skip(text, skip(text, to, is_space), is_token68);
  return stretch{from, to};
}

/// The password in `scheme://user:password@host`.
std::optional<stretch> url_password_at(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("://"))
    return std::nullopt;
  auto from = at + 3;
  auto end = skip(text, from, [](char c) { return !is_space(c) && c != '/' && c != '"' && c != '?'; });
  auto authority = text.substr(from, end - from);
  auto host = authority.rfind('@');
  auto colon = authority.find(':');
  if (host == std::string_view::npos || colon >= host)
    return std::nullopt;
  return stretch{from + colon + 1, from + host};
}

/// End of the text from `from` on, given its opening quote, which may itself be escaped.
std::size_t end_of_quoted(std::string_view text, std::size_t from, std::string_view quote) {
  for (auto at = text.find(quote, from); at != std::string_view::npos; at = text.find(quote, at + 1))
    if (quote.front() == '\\' || text[at - 1] != '\\')
      return at;
  return text.size();
}

/// The value of the name that ends before `at`: after `=`, or after `:` and a blank or quote.
std::optional<stretch> value_at(std::string_view text, std::size_t at) {
  auto is_quote = [](char c) { return c == '"' || c == '\'' || c == '\\'; };
  auto is_gap = [](char c) { return c == ' ' || c == '\t'; };
  auto sign = skip(text, skip(text, at, is_quote), is_gap);
  if (sign == text.size() || (text[sign] != '=' && text[sign] != ':'))
    return std::nullopt;
  auto quote = skip(text, sign + 1, is_gap);
  auto from = skip(text, quote, is_quote);
  if (text[sign] == ':' && from == sign + 1)
    return std::nullopt;  // "tokens:read" is a permission key
  auto is_inside = [by_colon = text[sign] == ':'](char c) {
    constexpr std::string_view ends = "&;,}\r\n\"\\";
    return ends.find(c) == std::string_view::npos && (by_colon || !is_space(c));
  };
  auto to = from > quote ? end_of_quoted(text, from, text.substr(quote, from - quote))
                         : skip(text, from, is_inside);
  if (auto credential = credential_at(text, from))
    to = std::max(to, credential->to);
  return to > from ? std::optional{stretch{from, to}} : std::nullopt;
}

constexpr std::size_t uuid_size = 36;

bool begins_with_uuid(std::string_view text) {
  if (text.size() < uuid_size)
    return false;
  for (std::size_t i = 0; i < uuid_size; ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : hex_value(text[i]) < 0)
      return false;
  return text.size() == uuid_size || !is_base64url(text[uuid_size]);
}

/// Length of the digest or trace id at `at`: 32 or 64 hex digits, not all decimal; else 0.
std::size_t digest_size_at(std::string_view text, std::size_t at) {
  auto end = skip(text, at, [](char c) { return hex_value(c) >= 0; });
  auto run = text.substr(at, end - at);
  bool is_digest = (run.size() == 32 || run.size() == 64) &&
                   (end == text.size() || !is_base64url(text[end])) && std::ranges::any_of(run, is_letter);
  return is_digest ? run.size() : 0;
}

/// Length of an id at `at`. Ids are left alone: parts of them may look like card numbers.
std::size_t id_size_at(std::string_view text, std::size_t at) {
  return begins_with_uuid(text.substr(at)) ? uuid_size : digest_size_at(text, at);
}

/// The part of the word at `at` to redact, if any.
std::optional<stretch> secret_in_word(std::string_view text, std::size_t at) {
  if (auto credential = credential_at(text, at))
    return credential;
  constexpr std::size_t longest_name = 64;
  auto name = text.substr(at, longest_name + 1);
  name = name.substr(0, skip(name, 0, is_base64url));
  if (name.size() > longest_name || !is_secret_name(name))
    return std::nullopt;
  return value_at(text, at + name.size());
}

std::optional<stretch> secret_at(std::string_view text, std::size_t at) {
  auto before = at == 0 ? ' ' : text[at - 1];
  if (text[at] == ':')
    return url_password_at(text, at);
  if (is_base64url(text[at]) && !is_base64url(before))
    if (auto token = token_at(text, at))
      return token;
  if (is_digit(text[at]) && !is_digit(before)) {
    auto size = card_number_at(text, at);
    return size > 0 ? std::optional{stretch{at, at + size}} : std::nullopt;
  }
  return is_letter(text[at]) && !is_word(before) ? secret_in_word(text, at) : std::nullopt;
}

std::optional<stretch> next_secret(std::string_view text, std::size_t from) {
  for (auto at = from; at < text.size();) {
    bool begins = at == 0 || !is_base64url(text[at - 1]);
    if (auto id = begins ? id_size_at(text, at) : 0; id > 0) {
      at += id;
      continue;
    }
    if (auto found = secret_at(text, at))
      return found;
    ++at;
  }
  return std::nullopt;
}

bool holds_card_number(const boost::json::value& value) {
  constexpr double most_exact = 1e19;
  auto text = [&]() -> std::string {
    if (value.is_int64() && value.get_int64() > 0)
      return std::to_string(value.get_int64());
    if (value.is_uint64())
      return std::to_string(value.get_uint64());
    if (value.is_double() && value.get_double() > 0 && value.get_double() < most_exact)
      return std::to_string(static_cast<std::uint64_t>(value.get_double()));
    return {};
  }();
  return !text.empty() && card_number_at(text, 0) == text.size();
}

void redact_members(boost::json::object& object, field_names named) {
  boost::json::object result;
  for (auto& [name, inner] : object) {
    redact(inner, named);
    bool goes = named == field_names::foreign && is_secret_name(name);
    result.insert_or_assign(redacted(name), goes ? boost::json::value(redaction_mark) : std::move(inner));
  }
  object = std::move(result);
}

}  // namespace

std::string redacted(std::string_view text) {
  std::string result;
  std::size_t done = 0;
  while (auto found = next_secret(text, done)) {
    result.append(text, done, found->from - done).append(redaction_mark);
    done = found->to;
  }
  return result.append(text, done);
}

bool holds_secret(std::string_view text) {
  return next_secret(text, 0).has_value();
}

bool is_secret_name(std::string_view field) {
  std::string plain;
  for (char c : field)
    if (is_word(c))
      plain += lower(c);
  constexpr auto whole =
      std::to_array<std::string_view>({"pwd", "pw", "pan", "cvv", "cvv2", "cvc", "cvc2", "pin", "jwt"});
  constexpr auto parts = std::to_array<std::string_view>(
      {"password", "passwd", "passphrase", "secret", "token", "authorization", "apikey", "accesskey",
       "privatekey", "passwort", "kennwort", "contrase", "cookie", "cardnumber", "credential"});
  return std::ranges::find(whole, plain) != whole.end() ||
         std::ranges::any_of(parts, [&](auto part) { return plain.find(part) != std::string::npos; });
}

void redact(boost::json::value& document, field_names named) {
  if (auto* items = document.if_array())
    for (auto& item : *items)
      redact(item, named);
  else if (auto* object = document.if_object())
    redact_members(*object, named);
  else if (auto* text = document.if_string(); text != nullptr && holds_secret(*text))
    *text = redacted(*text);
  else if (holds_card_number(document))
    document = redaction_mark;
}

std::string redacted_json(std::string json, field_names named) {
  // Only the parsed document shows what escapes hide.
  if (named == field_names::ours && json.find('\\') == std::string::npos && !holds_secret(json))
    return json;
  boost::system::error_code error;
  auto document = boost::json::parse(json, error);
  if (error)
    return redacted(json);
  auto before = document;
  redact(document, named);
  return document == before ? json : boost::json::serialize(document);
}

}  // namespace musterd
