#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Where a request comes from: the connection's peer, or the client that a trusted proxy names.
namespace musterd {

/// 16 bytes, IPv4 as IPv4-mapped IPv6, so that each address has one form only.
using ip_address = std::array<std::uint8_t, 16>;
std::optional<ip_address> parse_address(std::string_view text);
std::string to_string(const ip_address& address);

/// The canonical form of an address; any other text unchanged.
std::string plain_address(std::string_view text);

/// "10.0.0.0/8", "2001:db8::/32", or one address.
struct address_block {
  ip_address first{};
  int bits = 128;

  static std::optional<address_block> parse(std::string_view text);
  bool contains(const ip_address& address) const;
};

/// Forwarding headers as received, the lines of each joined by commas.
struct forwarding_headers {
  std::string forwarded;
  std::string x_forwarded_for;
  std::string x_forwarded_proto;
};

/// The rightmost address that is not a trusted proxy. Headers from others are ignored, as is anything beyond
/// an unreadable element. If both headers are there and disagree, the peer: all that is known for sure.
std::string client_address(const std::string& peer, const forwarding_headers& said,
                           const std::vector<address_block>& trusted);

/// Whether `peer` is a trusted proxy that says its client used https. False if the headers disagree.
bool came_by_https(const std::string& peer, const forwarding_headers& said,
                   const std::vector<address_block>& trusted);

/// What limits count by: an IPv4 address, or an IPv6 /64, which one customer has.
std::string counted_network(std::string_view address);

}  // namespace musterd
