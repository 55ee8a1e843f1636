#include "http/message/client_address.hpp"

#include <doctest/doctest.h>

using namespace musterd;

namespace {

std::vector<address_block> blocks(std::initializer_list<const char*> texts) {
  std::vector<address_block> result;
  for (const auto* text : texts)
    result.push_back(address_block::parse(text).value());
  return result;
}

const auto proxies = blocks({"10.0.0.0/8", "2001:db8:ff::/48"});

std::string by_x_forwarded_for(const std::string& peer, const std::string& header) {
  return client_address(peer, {{}, header, {}}, proxies);
}

std::string by_forwarded(const std::string& peer, const std::string& header) {
  return client_address(peer, {header, {}, {}}, proxies);
}

}  // namespace

TEST_CASE("client address: whoever is no trusted proxy speaks for themselves") {
  CHECK(by_x_forwarded_for("192.0.2.1", "198.51.100.1") == "192.0.2.1");
  CHECK(by_forwarded("192.0.2.1", "for=198.51.100.1") == "192.0.2.1");
  CHECK(client_address("10.0.0.1", {{}, "198.51.100.1", {}}, {}) == "10.0.0.1");
  CHECK(by_x_forwarded_for("10.0.0.1", "") == "10.0.0.1");
}

TEST_CASE("client address: the rightmost that is no trusted proxy") {
  CHECK(by_x_forwarded_for("10.0.0.1", "198.51.100.1") == "198.51.100.1");
  CHECK(by_x_forwarded_for("10.0.0.1", "203.0.113.66, 198.51.100.1") == "198.51.100.1");
  CHECK(by_x_forwarded_for("10.0.0.1", "203.0.113.66, 198.51.100.1 ,10.9.9.9,\t10.0.0.2") == "198.51.100.1");
  CHECK(by_x_forwarded_for("::ffff:10.0.0.1", "198.51.100.1:4711") == "198.51.100.1");
  CHECK(by_x_forwarded_for("2001:db8:ff::1", "2001:DB8:0:0::7") == "2001:db8::7");
  CHECK(by_x_forwarded_for("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3");
  CHECK(by_forwarded("10.0.0.1", "for=203.0.113.66, For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1") ==
        "2001:db8::7");
  CHECK(by_forwarded("10.0.0.1", "proto=http;for=198.51.100.1,for=10.2.3.4") == "198.51.100.1");
}

TEST_CASE("client address: nothing is believed beyond what cannot be read") {
  for (const auto* bad : {"unknown", "_hidden", "", "198.51.100.1.2", "198.51.100.1:x", "[::1", "[::1]x", "1",
                          "999.1.1.1", "::1::", "198.51.100.1%eth0"}) {
    CAPTURE(bad);
    CHECK(by_x_forwarded_for("10.0.0.1", std::string{"203.0.113.66, "} + bad + ", 10.0.0.2") == "10.0.0.2");
    CHECK(by_forwarded("10.0.0.1", std::string{"for=203.0.113.66, for="} + bad + ", for=10.0.0.2") !=
          "203.0.113.66");
  }
  CHECK(by_forwarded("10.0.0.1", "for=1.2.3.4;for=203.0.113.66") == "10.0.0.1");
  CHECK(by_forwarded("10.0.0.1", "by=203.0.113.66") == "10.0.0.1");
  CHECK(by_x_forwarded_for("10.0.0.1", "203.0.113.66, \"198.51.100.1, 10.0.0.2") == "10.0.0.1");
  // A quote the client leaves open must not swallow what its proxy appends.
  CHECK(by_forwarded("10.0.0.1", "for=203.0.113.66;x=\", for=198.51.100.1") == "10.0.0.1");
  CHECK(by_forwarded("10.0.0.1", "for=203.0.113.66;x=\"\\\", for=198.51.100.1") != "203.0.113.66");
}

TEST_CASE("client address: two headers that disagree are worth nothing") {
  CHECK(client_address("10.0.0.1", {"for=198.51.100.1", "198.51.100.1", {}}, proxies) == "198.51.100.1");
  CHECK(client_address("10.0.0.1", {"for=203.0.113.66", "198.51.100.1", {}}, proxies) == "10.0.0.1");
}

TEST_CASE("address blocks: CIDR of both kinds") {
  auto holds = [](const char* block, const char* address) {
    return address_block::parse(block).value().contains(parse_address(address).value());
  };
  CHECK(holds("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  CHECK(holds("192.0.2.128/25", "192.0.2.200"));
  CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  CHECK(holds("192.0.2.1", "::ffff:192.0.2.1"));
  CHECK(holds("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  for (const auto* bad :
       {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0/8", "::/129", "proxy", "10.0.0.0/"})
    CHECK_MESSAGE(!address_block::parse(bad).has_value(), bad);
}

TEST_CASE("counted network: an IPv4 address, the /64 of an IPv6 one") {
  CHECK(counted_network("192.0.2.1") == "192.0.2.1");
  CHECK(counted_network("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(counted_network("2001:db8::7") == "2001:db8::/64");
  CHECK(counted_network("2001:DB8:0:0:ffff::7") == "2001:db8::/64");
  CHECK(counted_network("") == "");
}
