#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// From where a request comes: the peer of the connection, or whom a trusted proxy says it stands in for.
namespace musterd {

/// An address of either kind as 16 bytes, IPv4 as its IPv4-mapped IPv6 address: each has one form only.
using ip_address = std::array<std::uint8_t, 16>;
std::optional<ip_address> parse_address(std::string_view text);
std::string to_string(const ip_address& address);

/// The one form of an address; what is none stays as it is.
std::string plain_address(std::string_view text);

/// "10.0.0.0/8", "2001:db8::/32", or one address.
struct address_block {
  ip_address first{};
  int bits = 128;

  static std::optional<address_block> parse(std::string_view text);
  bool contains(const ip_address& address) const;
};

/// What proxies wrote, as it came: all lines of a header, joined by commas.
struct forwarding_headers {
  std::string forwarded;
  std::string x_forwarded_for;
  std::string x_forwarded_proto;
};

/// The rightmost address that is no trusted proxy's. Headers of anybody else are not looked at; nor is
/// anything beyond a part that cannot be read, and nothing at all where both headers are there and say
/// different things: then it is the last proxy that is known for sure.
std::string client_address(const std::string& peer, const forwarding_headers& said,
                           const std::vector<address_block>& trusted);

/// Whether `peer` is a trusted proxy and says that its client came by https; not where it says two things.
bool came_by_https(const std::string& peer, const forwarding_headers& said,
                   const std::vector<address_block>& trusted);

/// What counts as one address: an IPv4 address, or the /64 network of an IPv6 address, which is what one
/// customer has.
std::string counted_network(std::string_view address);

}  // namespace musterd
