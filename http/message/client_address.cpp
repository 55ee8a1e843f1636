#include "http/message/client_address.hpp"

#include "common/text/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace musterd {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int mapped_bits = 96;

bool is_v4(const ip_address& address) {
  return std::equal(mapped_prefix.begin(), mapped_prefix.end(), address.begin());
}

bool is_trusted(const ip_address& address, const std::vector<address_block>& trusted) {
  return std::any_of(trusted.begin(), trusted.end(), [&](const auto& b) { return b.contains(address); });
}

/// Splits outside quotes. Empty if a quote is left open: a client could swallow what its proxy appends.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == separator && !quoted) {
      result.push_back(trimmed(text.substr(from, i - from)));
      from = i + 1;
    }
  result.push_back(trimmed(text.substr(from)));
  return quoted ? std::vector<std::string_view>{} : result;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:4711".
std::optional<ip_address> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    auto end = text.find(']');
    if (end == text.npos)
      return std::nullopt;
    auto rest = text.substr(end + 1);
    if (!rest.empty() && !(rest.starts_with(':') && is_port(rest.substr(1))))
      return std::nullopt;
    return parse_address(text.substr(1, end - 1));
  }
  if (auto colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos)
    return is_port(text.substr(colon + 1)) ? parse_address(text.substr(0, colon)) : std::nullopt;
  return parse_address(text);
}

/// `name` in one element of a Forwarded header (RFC 7239), unquoted. Nullopt if given twice.
std::optional<std::string_view> forwarded_pair(std::string_view element, std::string_view name) {
  std::optional<std::string_view> result;
  for (auto pair : parts_of(element, ';')) {
    auto equals = pair.find('=');
    if (equals == pair.npos || !equals_ignoring_case(pair.substr(0, equals), name))
      continue;
    if (result)
      return std::nullopt;
    auto value = pair.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    result = value;
  }
  return result;
}

std::optional<ip_address> forwarded_for(std::string_view element) {
  auto said = forwarded_pair(element, "for");
  return said ? parse_node(*said) : std::nullopt;
}

/// Walks back from the last proxy for as long as each hop is trusted.
ip_address walk(ip_address last, std::string_view header,
                std::optional<ip_address> (*read)(std::string_view element),
                const std::vector<address_block>& trusted) {
  if (header.empty())
    return last;
  auto elements = parts_of(header, ',');
  for (auto element = elements.rbegin(); element != elements.rend() && is_trusted(last, trusted); ++element) {
    auto said = read(*element);
    if (!said)
      return last;
    last = *said;
  }
  return last;
}

}  // namespace

std::optional<ip_address> parse_address(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN)
    return std::nullopt;
  std::string terminated{text};
  ip_address result;
  if (inet_pton(AF_INET6, terminated.c_str(), result.data()) == 1)
    return result;
  auto end = std::copy(mapped_prefix.begin(), mapped_prefix.end(), result.begin());
  return inet_pton(AF_INET, terminated.c_str(), &*end) == 1 ? std::optional{result} : std::nullopt;
}

std::string to_string(const ip_address& address) {
  char text[INET6_ADDRSTRLEN];
  if (is_v4(address))
    inet_ntop(AF_INET, address.data() + mapped_prefix.size(), text, sizeof text);
  else
    inet_ntop(AF_INET6, address.data(), text, sizeof text);
  return text;
}

std::string plain_address(std::string_view text) {
  auto parsed = parse_address(text);
  return parsed ? to_string(*parsed) : std::string{text};
}

std::optional<address_block> address_block::parse(std::string_view text) {
  auto slash = text.find('/');
  auto first = parse_address(text.substr(0, slash));
  if (!first)
    return std::nullopt;
  address_block result{*first, 128};
  if (slash == text.npos)
    return result;
  bool v4 = text.substr(0, slash).find(':') == text.npos;
  auto digits = text.substr(slash + 1);
  int bits = 0;
  auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc{} || stopped != digits.data() + digits.size() || bits < 0 || bits > (v4 ? 32 : 128))
    return std::nullopt;
  result.bits = v4 ? mapped_bits + bits : bits;
  return result;
}

bool address_block::contains(const ip_address& address) const {
  auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(first.begin(), first.begin() + bits / 8, address.begin()))
    return false;
  auto rest = bits % 8;
  return rest == 0 || (first[whole] ^ address[whole]) >> (8 - rest) == 0;
}

std::string client_address(const std::string& peer, const forwarding_headers& said,
                           const std::vector<address_block>& trusted) {
  auto nearest = parse_address(peer);
  if (!nearest)
    return peer;
  auto by_forwarded = walk(*nearest, said.forwarded, forwarded_for, trusted);
  auto by_x_forwarded_for = walk(*nearest, said.x_forwarded_for, parse_node, trusted);
  if (said.forwarded.empty())
    return to_string(by_x_forwarded_for);
  // A proxy may set one header and pass the other on as forged by the client.
  bool agree = said.x_forwarded_for.empty() || by_forwarded == by_x_forwarded_for;
  return to_string(agree ? by_forwarded : *nearest);
}

bool came_by_https(const std::string& peer, const forwarding_headers& said,
                   const std::vector<address_block>& trusted) {
  auto nearest = parse_address(peer);
  if (!nearest || !is_trusted(*nearest, trusted) ||
      (said.forwarded.empty() && said.x_forwarded_proto.empty()))
    return false;
  auto is_https = [](std::string_view said) { return equals_ignoring_case(said, "https"); };
  auto last_of = [](std::string_view header) {
    auto parts = parts_of(header, ',');
    return parts.empty() ? std::string_view{} : parts.back();
  };
  bool by_forwarded = said.forwarded.empty() ||
                      is_https(forwarded_pair(last_of(said.forwarded), "proto").value_or(std::string_view{}));
  return by_forwarded && (said.x_forwarded_proto.empty() || is_https(last_of(said.x_forwarded_proto)));
}

std::string counted_network(std::string_view address) {
  auto parsed = parse_address(address);
  if (!parsed || is_v4(*parsed))
    return parsed ? to_string(*parsed) : std::string{address};
  std::fill(parsed->begin() + 8, parsed->end(), std::uint8_t{0});
  return to_string(*parsed) + "/64";
}

}  // namespace musterd
